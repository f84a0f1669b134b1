// Builds a Next.js application in the working directory and lays out what ships under /out:
//   /out/site              what Next.js wrote, `public` and server.js, which is always the entry
//   /out/modules/<cpu>     node_modules for one processor
//
//   node next.mjs '{"manager": ["npm"], "cpus": ["x64", "arm64"], "keys": "/run/secrets/next-keys", "fixed": true}'
import { execFileSync, spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

const plan = JSON.parse(process.argv[2]);
const SITE = "/out/site";
const modulesOf = (cpu) => `/out/modules/${cpu}`;
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const fail = (sentence) => {
  console.error(`pipeline: ${sentence}`);
  process.exit(1);
};

// Next.js makes up three keys a build: two for draft mode, one for server actions. From a secret they are the same
// every time; without one they are fixed only where nothing uses them, since a key that is public guards nothing.
function keys() {
  const material = existsSync(plan.keys) ? readFileSync(plan.keys) : plan.fixed ? "unused" : randomBytes(32);
  return (name) => createHmac("sha256", material).update(name).digest();
}

function build() {
  const env = { ...process.env, NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: key("actions").toString("base64") };
  const [command, ...args] = [...plan.manager, "run", "build"];
  const { status } = spawnSync(command, args, { stdio: "inherit", env });
  if (status !== 0) process.exit(status ?? 1);
}

// Next.js takes preview keys from its cache folder only where it does not think that it runs in Docker: they are
// replaced in what it wrote instead, wherever they stand.
function fixPreviewKeys() {
  const [found] = globSync("{.,**}/.next/prerender-manifest.json", { cwd: SITE, exclude: inModules });
  if (!found) return;
  const { preview } = readJson(join(SITE, found));
  const fixed = Object.entries(preview).map(([name, old]) => [old, key(name).toString("hex").slice(0, old.length)]);
  for (const path of globSync(`${dirname(found)}/**/*.{js,json,html,rsc,body}`, { cwd: SITE })) {
    const text = readFileSync(join(SITE, path), "utf8");
    const changed = fixed.reduce((all, [old, fresh]) => all.replaceAll(old, fresh), text);
    if (changed !== text) writeFileSync(join(SITE, path), changed);
  }
}

const inModules = (name) => basename(`${name}`) === "node_modules";
const ships = (path) =>
  !path.endsWith(".map") && !/\.(test|spec)\.[cm]?[jt]sx?$/.test(path) && !/(^|\/)\.next\/cache(\/|$)/.test(path);
const copy = (from, to, filter = ships) =>
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter });

// The server may lie deeper than the root, where the tracing root of a monorepo is above the application.
function standalone() {
  const found = globSync(".next/standalone/**/server.js", { exclude: inModules });
  if (found.length === 0) return false;
  const home = relative(".next/standalone", dirname(found.sort((a, b) => a.length - b.length)[0]));
  copy(".next/standalone", SITE);
  copy(".next/static", join(SITE, home, ".next/static"));
  if (existsSync("public")) copy("public", join(SITE, home, "public"));
  if (home) writeFileSync(join(SITE, "server.js"), `require("./${home}/server.js");\n`);
  return true;
}

// Without standalone output Next.js needs its production dependencies at run time.
function whole() {
  install(".", []);
  for (const path of [".next", "public", "node_modules", ...globSync("{package.json,next.config.*}")]) {
    if (existsSync(path)) copy(path, join(SITE, path));
  }
  writeFileSync(join(SITE, "server.js"), 'process.argv.push("start");\nrequire("next/dist/bin/next");\n');
}

function install(directory, args) {
  const [command, ...first] = plan.manager;
  const verb = plan.manager.includes("npm") ? ["ci", "--omit=dev"] : ["install", "--frozen-lockfile", "--prod"];
  execFileSync(command, [...first, ...verb, ...args], { cwd: directory, stdio: "inherit" });
}

// Folders called node_modules that lie in no other one, relative to the root.
function modules(root, at = "") {
  return readdirSync(join(root, at), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => (name === "node_modules" ? [join(at, name)] : modules(root, join(at, name))));
}

const natives = (root, tops) =>
  tops
    .flatMap((top) => globSync([`${top}/**/node_modules/{*,@*/*}/package.json`, `${top}/{*,@*/*}/package.json`], { cwd: root }))
    .map((path) => ({ path: dirname(path), cpu: readJson(join(root, path)).cpu }))
    .filter(({ cpu }) => Array.isArray(cpu));

// Packages that declare a processor hold machine code: each platform gets its own, from the same lock file.
function platforms() {
  const tops = modules(SITE);
  const machine = natives(SITE, tops);
  for (const cpu of plan.cpus) {
    mkdirSync(modulesOf(cpu), { recursive: true });
    for (const path of tops) copy(join(SITE, path), join(modulesOf(cpu), path));
    if (cpu !== process.arch && machine.length > 0) exchange(cpu, machine);
  }
  for (const path of tops) rmSync(join(SITE, path), { recursive: true });
}

function exchange(cpu, machine) {
  if (!plan.manager.includes("npm")) fail(`native packages (${machine[0].path}) for ${cpu} need npm's lock file`);
  const elsewhere = `/tmp/${cpu}`;
  for (const path of globSync("{package.json,package-lock.json,npm-shrinkwrap.json,.npmrc}")) {
    copy(path, join(elsewhere, path));
  }
  install(elsewhere, ["--ignore-scripts", "--os=linux", `--cpu=${cpu}`, "--libc=glibc"]);
  for (const { path } of machine) {
    const wanted = join(dirname(path), basename(path).replace(process.arch, cpu));
    const source = join(elsewhere, wanted.slice(wanted.indexOf("node_modules")));
    if (!existsSync(source)) fail(`${path} has no counterpart for ${cpu} (${wanted}) in the lock file`);
    rmSync(join(modulesOf(cpu), path), { recursive: true });
    copy(source, join(modulesOf(cpu), wanted));
  }
}

const key = keys();
build();
if (!standalone()) whole();
fixPreviewKeys();
platforms();
