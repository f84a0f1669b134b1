// Runs an image's process as its user on its root file system, mounted read-only at `root`, and prints what it did.
//   node smoke.mjs '{"root": "/img", "command": ["/bin/x"], "user": "65532:65532", "directory": "/app", ...}'
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const plan = JSON.parse(process.argv[2]);
const POLL = 10; // ms
const ANSWER = 5000; // ms that one request or check may take
const LOG = 4000; // characters of the process's output that are kept
const SIGTERM = 1n << 14n; // its bit in the signal masks of /proc/PID/status

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
chroot $root and chdir $dir or die "$root$dir: $!\n"; $) = "$gid $gid";
POSIX::setgid($gid) and POSIX::setuid($uid) or die "user $uid:$gid: $!\n";
exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";`;
const start = (command) =>
  spawn("perl", ["-e", ENTER, plan.root, plan.directory, ...identity(), ...command], { env: plan.environment });

// Asked from outside, as in production: a server that listens on the loopback alone serves nobody.
const address =
  Object.values(networkInterfaces())
    .flat()
    .find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.1";

async function request(path, redirect) {
  try {
    const answer = await fetch(`http://${address}:${plan.port}${path}`, {
      redirect,
      signal: AbortSignal.timeout(ANSWER),
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

// The kernel keeps signals from PID 1 that it does not catch: without a handler a container ignores SIGTERM.
function inspect(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kilobytes] = status.match(/^VmHWM:\s+(\d+) kB$/m) ?? [0, 0];
  const [, caught] = status.match(/^SigCgt:\s+([0-9a-f]+)$/m);
  return { memory: Number(kilobytes) * 1024, handles: (BigInt(`0x${caught}`) & SIGTERM) !== 0n };
}

const ended = (child) => child.exitCode !== null || child.signalCode !== null;
const ending = (child) => new Promise((resolve) => child.on("exit", (code, signal) => resolve(signal ?? code)));

async function untilHealthy(child, started) {
  for (let status; ; await sleep(POLL)) {
    if (ended(child)) return { status };
    status = await request(plan.health, "follow");
    const elapsed = performance.now() - started;
    if (status >= 200 && status < 300) return { status, healthy: Math.round(elapsed) };
    if (elapsed > plan.patience) return { status };
  }
}

async function check() {
  if (plan.check.length === 0) return {};
  const child = start(plan.check);
  const done = ending(child);
  child.stdout.resume();
  child.stderr.resume();
  const code = await Promise.race([done, sleep(ANSWER, "no answer", { ref: false })]);
  if (!ended(child)) child.kill("SIGKILL");
  return { check: code };
}

async function stop(child, exited) {
  const asked = performance.now();
  child.kill("SIGTERM");
  const code = await Promise.race([exited, sleep(plan.grace, "late", { ref: false })]);
  if (code === "late") {
    child.kill("SIGKILL");
    return {};
  }
  return { stopped: Math.round(performance.now() - asked) };
}

const result = { writable: writable(), answers: [], log: "" };
const started = performance.now();
const child = start(plan.command);
const exited = ending(child);
for (const stream of [child.stdout, child.stderr]) {
  stream.on("data", (text) => (result.log = (result.log + text).slice(-LOG)));
}
Object.assign(result, await untilHealthy(child, started));
if (result.healthy !== undefined) {
  Object.assign(result, await check());
  for (const { path } of plan.requests) result.answers.push({ path, status: await request(path, "manual") });
}
if (ended(child)) result.code = await exited;
else if (result.healthy === undefined) child.kill("SIGKILL");
else Object.assign(result, inspect(child.pid), await stop(child, exited));
console.log(JSON.stringify(result));
// The engine keeps what a command that succeeded printed, and what went wrong may have been of the moment.
const answered = ({ status }, place) => (plan.requests[place].expected ?? status) === status;
const healthy = result.healthy !== undefined && !result.check && result.code === undefined && result.handles;
process.exitCode = healthy && !result.writable && result.stopped !== undefined && result.answers.every(answered) ? 0 : 3;
