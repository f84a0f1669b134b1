// Runs an image's process as its user on its root file system, mounted read-only at `root`, and prints what it did.
//   node smoke.mjs '{"root": "/img", "command": ["/bin/x"], "user": "65532:65532", "directory": "/app", ...}'
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const plan = JSON.parse(process.argv[2]);
const POLL = 10; // ms
const LOG = 4000; // characters of the process's output that are kept

// Names of users and groups are those of the image, not of this container.
function number(name, table) {
  if (/^\d+$/.test(name)) return [name, name];
  const line = readFileSync(`${plan.root}/etc/${table}`, "utf8").match(new RegExp(`^${name}:[^:]*:(\\d+):(\\d*)`, "m"));
  if (!line) throw new Error(`the image's /etc/${table} has no ${name}`);
  return [line[1], line[2]];
}

function identity() {
  const [user, group] = plan.user.split(":");
  const [uid, primary] = number(user || "0", "passwd");
  return [uid, group ? number(group, "group")[0] : primary];
}

// chroot(1) cannot enter a working directory, and Node.js cannot change its root: perl-base is in every Debian image.
const ENTER = `use POSIX; my ($root, $dir, $uid, $gid) = splice @ARGV, 0, 4;
chroot $root and chdir $dir or die "$root$dir: $!"; $) = "$gid $gid"; POSIX::setgid($gid); POSIX::setuid($uid);
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!";`;
const inside = (command) => [
  "perl",
  ["-e", ENTER, plan.root, plan.directory, ...identity(), ...command],
  { env: plan.environment },
];

async function request(path) {
  try {
    const answer = await fetch(`http://127.0.0.1:${plan.port}${path}`, {
      redirect: "manual",
      signal: AbortSignal.timeout(5000),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch (error) {
    return error.cause?.code ?? error.name;
  }
}

function writable() {
  try {
    writeFileSync(`${plan.root}/.written-by-smoke-test`, "");
    return true;
  } catch (error) {
    if (error.code === "EROFS") return false;
    throw error;
  }
}

function peakMemory(pid) {
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmHWM:\s+(\d+) kB$/m) ?? [0, 0];
  return Number(kilobytes) * 1024;
}

async function untilHealthy(process, started) {
  for (let status; ; await sleep(POLL)) {
    if (process.exitCode !== null || process.signalCode) return { status };
    status = await request(plan.health);
    const elapsed = performance.now() - started;
    if (status >= 200 && status < 300) return { status, healthy: Math.round(elapsed) };
    if (elapsed > plan.patience || typeof status === "number") return { status };
  }
}

async function stop(process, exited) {
  const asked = performance.now();
  process.kill("SIGTERM");
  const code = await Promise.race([exited, sleep(plan.grace, "late", { ref: false })]);
  if (code === "late") {
    process.kill("SIGKILL");
    return {};
  }
  return { stopped: Math.round(performance.now() - asked), code };
}

const result = { writable: writable(), answers: [], log: "" };
const started = performance.now();
const child = spawn(...inside(plan.command));
const exited = new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code)));
for (const stream of [child.stdout, child.stderr]) {
  stream.on("data", (text) => (result.log = (result.log + text).slice(-LOG)));
}
Object.assign(result, await untilHealthy(child, started));
if (result.healthy !== undefined) {
  if (plan.check.length > 0) {
    const check = spawnSync(...inside(plan.check));
    result.check = check.status;
  }
  for (const { path } of plan.requests) result.answers.push({ path, status: await request(path) });
  result.memory = peakMemory(child.pid);
  Object.assign(result, await stop(child, exited));
} else if (child.exitCode === null && !child.signalCode) {
  child.kill("SIGKILL");
} else {
  result.code = await exited;
}
console.log(JSON.stringify(result));
