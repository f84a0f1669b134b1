// Builds a Next.js application in the working directory and lays out what ships under /out:
//   /out/site              what Next.js wrote, `public` and server.js, which is always the entry
//   /out/modules/<cpu>     node_modules for one processor
//
//   node next.mjs '{"manager": ["npm"], "cpus": ["x64", "arm64"], "install": [], "keys": "/run/secrets/next-keys", "public": false}'
import { execFileSync, spawnSync } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

const plan = JSON.parse(process.argv[2]);
const SITE = "/out/site";
const modulesOf = (cpu) => `/out/modules/${cpu}`;
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
const fail = (sentence) => {
  console.error(`pipeline-error: ${sentence}`);
  process.exit(1);
};

// Next.js draws keys for each build: three for draft mode, one for server actions. Who knows the first can also skip
// middleware. So they come from a secret, or stay random, or are public where the caller says that they guard nothing.
function keys() {
  const material = existsSync(plan.keys) ? readFileSync(plan.keys) : plan.public ? "public" : randomBytes(32);
  return (name) => createHmac("sha256", material).update(name).digest();
}

const CACHE = ".next/cache";

// Of the cache only what the compiler keeps is of use: answers of an earlier build's requests are no part of this one.
function forget() {
  for (const name of ["fetch-cache", "images"]) rmSync(join(CACHE, name), { recursive: true, force: true });
}

// The compiler fails over a cache that it cannot read, and leaves this file there; or it is killed over it.
const GIVEN_UP = `${CACHE}/turbopack/__turbo_tasks_invalidated_db`;

function build() {
  const before = existsSync(CACHE) && readdirSync(CACHE).length > 0;
  mark();
  let status = compile();
  if (before && status !== 0 && (status === null || existsSync(GIVEN_UP))) {
    console.error("the compiler gave up on its cache: it is thrown away, and the site built anew");
    for (const name of readdirSync(CACHE)) rmSync(join(CACHE, name), { recursive: true });
    mark();
    status = compile();
  }
  if (status !== 0) process.exit(status ?? 1);
}

// The compiler writes what it was given into its cache: what was there with secrets is never kept for others.
function mark() {
  const files = globSync("{.env*,**/.env*}", { exclude: inModules }).filter((path) => !/\.(example|sample)$/.test(path));
  const proxies = Object.entries(process.env).filter(([name, value]) => /_proxy$/i.test(name) && value.includes("@"));
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, files.length + proxies.length > 0 ? ".closed" : ".open"), "");
}

function compile() {
  const env = { ...process.env, NEXT_SERVER_ACTIONS_ENCRYPTION_KEY: key("actions").toString("base64") };
  const [command, ...args] = [...plan.manager, "run", "build"];
  return spawnSync(command, args, { stdio: "inherit", env }).status;
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
const NEVER = [/\.map$/, /\.(test|spec)\.[cm]?[jt]sx?$/, /(^|\/)\.next\/cache(\/|$)/, /(^|\/)\.env(\.[^/]*)?$/];
const ships = (path) => !NEVER.some((pattern) => pattern.test(path));
const copy = (from, to, filter = ships) =>
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, filter });
const move = (from, to) => {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true });
  renameSync(from, to);
};

// The server may lie deeper than the root, where the tracing root of a monorepo is above the application.
function standalone() {
  const found = globSync(".next/standalone/**/server.js", { exclude: inModules });
  if (found.length === 0) return false;
  const home = relative(".next/standalone", dirname(found.sort((a, b) => a.length - b.length)[0]));
  copy(".next/standalone", SITE);
  copy(".next/static", join(SITE, home, ".next/static"));
  if (existsSync("public")) copy("public", join(SITE, home, "public"));
  if (home) writeFileSync(join(SITE, "server.js"), `import("./${home}/server.js");\n`);
  return true;
}

// Without standalone output Next.js needs its production dependencies at run time.
function whole() {
  if (!existsSync(".next/BUILD_ID")) fail("`npm run build` left no .next here: is the application in another folder?");
  run(".", "prune", plan.manager.includes("npm") ? "--omit=dev" : "--prod", "--ignore-scripts");
  for (const path of [".next", "public", "node_modules", ...globSync("{package.json,next.config.*}")]) {
    if (existsSync(path)) copy(path, join(SITE, path));
  }
  writeFileSync(join(SITE, "server.js"), 'process.argv.push("start");\nimport("next/dist/bin/next");\n');
}

function run(cwd, ...args) {
  const [command, ...first] = plan.manager;
  execFileSync(command, [...first, ...args], { cwd, stdio: "inherit" });
}

// Folders called node_modules that lie in no other one, relative to the root.
function modules(root, at = "") {
  return readdirSync(join(root, at), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => (name === "node_modules" ? [join(at, name)] : modules(root, join(at, name))));
}

const packages = (root, tops) =>
  tops
    .flatMap((top) => readdirSync(join(root, top), { recursive: true }).map((path) => join(top, path)))
    .filter((path) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path));

const natives = (root, tops) =>
  packages(root, tops)
    .map((path) => ({ path: dirname(path), cpu: readJson(join(root, path)).cpu }))
    .filter(({ cpu }) => Array.isArray(cpu));

// Packages that declare a processor hold machine code: each platform gets its own, from the same lock file.
function platforms() {
  const tops = modules(SITE);
  const machine = natives(SITE, tops);
  plan.cpus.forEach((cpu, number) => {
    const place = number + 1 < plan.cpus.length ? copy : move;
    mkdirSync(modulesOf(cpu), { recursive: true });
    for (const path of tops) place(join(SITE, path), join(modulesOf(cpu), path));
    if (cpu !== process.arch && machine.length > 0) exchange(cpu, machine);
    refuseForeign(cpu);
  });
}

function exchange(cpu, machine) {
  if (!plan.manager.includes("npm")) return;
  const elsewhere = `/tmp/${cpu}`;
  for (const path of globSync("{package.json,package-lock.json,npm-shrinkwrap.json,.npmrc}")) {
    copy(path, join(elsewhere, path));
  }
  const platform = ["--omit=dev", "--ignore-scripts", "--os=linux", `--cpu=${cpu}`, "--libc=glibc"];
  run(elsewhere, "ci", ...platform, ...plan.install);
  for (const { path } of machine) {
    const wanted = join(dirname(path), basename(path).replace(process.arch, cpu));
    const source = join(elsewhere, wanted.slice(wanted.indexOf("node_modules")));
    if (!existsSync(source)) fail(`${path} has no counterpart for ${cpu} (${wanted}) in the lock file`);
    rmSync(join(modulesOf(cpu), path), { recursive: true });
    copy(source, join(modulesOf(cpu), wanted));
  }
}

// ELF header, e_machine: the processor that a library was compiled for.
const MACHINES = { ia32: 3, arm: 40, x64: 62, arm64: 183, s390x: 22, ppc64: 21, riscv64: 243 };

function refuseForeign(cpu) {
  for (const entry of readdirSync(modulesOf(cpu), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(node|so)(\.|$)/.test(entry.name)) continue;
    const path = relative(modulesOf(cpu), join(entry.parentPath, entry.name));
    const header = readFileSync(join(modulesOf(cpu), path)).subarray(0, 20);
    if (header.toString("latin1", 0, 4) !== "\x7fELF" || header.readUInt16LE(18) === MACHINES[cpu]) continue;
    if (/(^|\/)prebuilds\//.test(path)) continue;
    fail(`${path} is machine code of another processor than ${cpu}: build for ${process.arch} alone`);
  }
}

const key = keys();
forget();
build();
if (!standalone()) whole();
fixPreviewKeys();
platforms();
// Git keeps one bit of a mode, the executable one; what a umask made of the others may not make another image.
execFileSync("chmod", ["-R", "u=rwX,go=rX", dirname(SITE)]);
