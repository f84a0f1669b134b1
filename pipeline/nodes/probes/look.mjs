// Looks for files and secrets that no image may hold, in every layer, also where a later one deleted them.
// Every blob is held against its digest first: what was looked at is what a registry gets.
//   node look.mjs image.tar OWN_LAYERS      the last OWN_LAYERS layers are the application's, 0 means all
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { Image, fail, members } from "./archive.mjs";

const HEAD = 8192; // bytes in which a NUL says that a file is no text
const LARGEST = 1 << 20; // bytes of a text that is read

const named = (...patterns) => (path) => patterns.some((pattern) => pattern.test(path));
const holding = (pattern) => (path, text) => pattern.test(text);
const foreign = named(/(^|\/)node_modules\//);

// What names alone give away, in any layer. A name that ends in .example and the like announces a template.
const NAMES = [
  ["env-file", named(/(^|\/)\.env(rc|\.(?!([^/]*\.)?(example|sample|template|tmpl|dist|defaults)$)[^/]+)?$/i)],
  ["private-key", named(/(^|\/)id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/, /\.(ppk|pfx|p12)$/i)],
  // Stores of certificates to trust have the same formats and no keys.
  ["private-key", (path) => /\.(jks|keystore)$/i.test(path) && !/trust|cacerts/i.test(posix.basename(path))],
  ["credentials", named(/(^|\/)(\.netrc|\.pypirc|\.git-credentials|\.pgpass|\.aws\/credentials|\.kube\/config)$/)],
  ["credentials", named(/(^|\/)(\.config\/gcloud\/application_default_credentials\.json|\.config\/gh\/hosts\.yml)$/)],
];

// Settings that hold a credential or none. A variable in its place is filled in elsewhere.
const SETTINGS = [
  [/(^|\/)\.?npmrc$/, holding(/^[^#;\n]*_(authToken|auth|password)\s*=\s*["']?(?!["']?\$\{)[^\s"']/m)],
  [/(^|\/)\.yarnrc\.yml$/, holding(/^\s*["']?npmAuth(Token|Ident)["']?:\s*["']?(?!["']?\$\{)[^\s"'#]/m)],
  [/(^|\/)(\.docker\/config\.json|\.dockercfg)$/, holding(/"(auth|password|identitytoken|registrytoken)"\s*:\s*"[^"]/)],
];

const FOLDERS = [["git-folder", /^(.*?\/)?\.git(?=\/|$)/s]];

// What only the application's own layers are asked for.
const OWN_NAMES = [
  ["test-file", named(/_test\.go$/, /\.(test|spec)\.[cm]?[jt]sx?$/, /(^|\/)__tests__\//)],
  ["source-map", named(/\.([cm]?js|css)\.map$/)],
].map(([rule, hit]) => [rule, (path) => hit(path) && !foreign(path)]);

// An empty one is where a server writes its own.
const CACHES = [
  ["cache", /^(.*?\/)?(node_modules\/\.cache|\.next\/cache|\.npm\/_cacache)(?=\/)/s],
  ["cache", /^(.*?\/)?(\.cache\/(go-build|pip|pnpm|yarn)|\.(pytest|mypy|ruff)_cache)(?=\/)/s],
];

// Keys that the Go distribution publishes with its own tests.
const published = named(
  /^usr\/local\/go\/src\/crypto\/tls\/(example_test\.go|testdata\/example-key\.pem)$/,
  /^usr\/local\/go\/src\/crypto\/x509\/platform_root_key\.pem$/,
);

// As documentation writes a token that is none.
const placeholder = (token) => /x{6}/i.test(token) || token.endsWith("EXAMPLE");
const alone = (pattern) => new RegExp(`(?<![A-Za-z0-9])(?:${pattern})(?![A-Za-z0-9])`, "g");

// Line ends may be escaped, as in JSON and source code, and an encrypted key has headers before its body.
const BREAK = String.raw`(?:\\{1,4}[nr]|[\r\n])`;
const HEADERS = String.raw`(?:${BREAK}{1,4}[ \t]{0,99}[A-Za-z-]{4,20}: [^\r\n\\]{1,200}){0,9}`;
const PEM = String.raw`-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----`;

const CONTENT = [
  ["private-key", new RegExp(`${PEM}${HEADERS}(?:${BREAK}|[\\s"'+,])*[A-Za-z0-9+/=]{40}`, "g")],
  ["aws-access-key-id", alone("A[KS]IA[A-Z0-9]{16}")],
  ["github-token", alone("gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}")],
  ["npm-token", alone("npm_[A-Za-z0-9]{36}")],
  ["slack-token", alone("xox[abeoprs]-(?:[0-9]+-){1,3}[A-Za-z0-9-]{16,}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]{32,}")],
  ["slack-token", alone("hooks\\.slack\\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{24}")],
  ["google-api-key", alone("AIza[A-Za-z0-9_-]{35}")],
  ["stripe-secret-key", alone("[rs]k_live_[A-Za-z0-9]{20,}")],
];

// One pass over a text tells most that they hold nothing.
const SUSPECT = /PRIVATE KEY|A[KS]IA[A-Z0-9]|gh[pousr]_|github_pat_|npm_|xox.-|xapp-|hooks\.slack|AIza|[rs]k_live_/;

function* hits(text, pattern) {
  let line = 1;
  let from = 0;
  for (const { 0: token, index } of text.matchAll(pattern)) {
    line += text.slice(from, index).split("\n").length - 1;
    from = index;
    if (!placeholder(token)) yield line;
  }
}

function secrets(text) {
  if (!SUSPECT.test(text)) return [];
  const found = new Map();
  for (const [rule, pattern] of CONTENT) {
    for (const line of hits(text, pattern)) found.set(`${rule}:${line}`, { rule, line });
  }
  return [...found.values()];
}

// As a runtime resolves it: below the root, without dots.
const resolved = (name) => posix.normalize(`/${name}`).replace(/^\/+|\/+$/g, "");

function* ancestors(path) {
  for (let at = path.length; at > 0; at = path.lastIndexOf("/", at - 1)) yield path.slice(0, at);
  yield "";
}

// What a layer takes away from those below it.
class Removals {
  constructor(below) {
    this.gone = new Set();
    this.emptied = new Set();
    this.folders = new Set();
    this.watched = new Set(below.flatMap(({ path }) => [...ancestors(path)]));
  }

  add(path, type) {
    const [, folder, hidden] = path.match(/^(?:(.*)\/)?\.wh\.([^/]+)$/s) ?? [];
    if (hidden === ".wh..opq") this.emptied.add(folder ?? "");
    else if (hidden) this.gone.add(folder === undefined ? hidden : `${folder}/${hidden}`);
    else if (this.watched.has(path)) (type === "5" ? this.folders : this.gone).add(path);
    return Boolean(hidden);
  }

  covers({ path, folder }) {
    const above = [...ancestors(path)];
    return (
      above.some((name) => this.gone.has(name)) ||
      above.slice(folder ? 0 : 1).some((name) => this.emptied.has(name)) ||
      (!folder && this.folders.has(path))
    );
  }
}

async function textOf(member) {
  if (member.size > LARGEST) return "";
  const head = await member.read(HEAD);
  return head.includes(0) ? "" : Buffer.concat([head, await member.read(LARGEST)]).toString("latin1");
}

async function* judged(path, member, own) {
  const text = await textOf(member);
  const seen = new Set();
  for (const found of secrets(text)) {
    seen.add(found.rule);
    if (found.rule !== "private-key" || !published(path)) yield found;
  }
  const names = [...NAMES, ...(own ? OWN_NAMES : [])].filter(([, hit]) => hit(path)).map(([rule]) => rule);
  const settings = SETTINGS.filter(([name, hit]) => name.test(path) && hit(path, text)).map(() => "credentials");
  for (const rule of new Set([...names, ...settings])) if (!seen.has(rule)) yield { rule, line: 0 };
}

const sha256 = () => createHash("sha256");

async function* hashed(chunks, hash) {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

async function verify(digest) {
  const hash = sha256();
  for await (const chunk of image.bytes(digest)) hash.update(chunk);
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== digest) fail(`a blob of the image that should have the digest ${digest} has ${found}`);
}

async function look(digest, diff, own) {
  const hash = sha256();
  const removals = new Removals(findings);
  const fresh = [];
  const folders = new Set();
  const add = (found) => fresh.push({ ...found, layer: digest, deleted: false });
  await image.unpack(digest, async (chunks) => {
    for await (const member of members(hashed(chunks, hash))) {
      const path = resolved(member.name);
      // No runtime unpacks what such a file holds, but who pulls the image has it.
      if (removals.add(path, member.type) && member.size === 0) continue;
      for (const [rule, pattern] of own ? [...FOLDERS, ...CACHES] : FOLDERS) {
        const folder = path.match(pattern)?.[0];
        // A link of that name is only a path to elsewhere.
        if (!folder || folders.has(folder) || (folder === path && member.type === "2")) continue;
        folders.add(folder);
        add({ rule, path: folder, line: 0, folder: true });
      }
      if (member.type === "0") files++;
      if (member.type !== "0" && member.type !== "1") continue;
      for await (const found of judged(path, member, own)) add({ ...found, path });
    }
  });
  const found = `sha256:${hash.digest("hex")}`;
  if (found !== diff) fail(`the layer ${digest} unpacks to ${found} where the image's config says ${diff}`);
  for (const finding of findings) finding.deleted ||= removals.covers(finding);
  findings.push(...fresh);
}

const strings = (value) =>
  typeof value === "string" ? [value] : Object.entries(value ?? {}).flatMap(([key, inner]) => [key, ...strings(inner)]);

const image = new Image(process.argv[2]);
const ownLayers = Number(process.argv[3]);
const findings = [];
let files = 0;

await verify(image.manifest);
const { config, layers } = image.document(image.manifest);
await verify(config?.digest);
const settings = image.document(config.digest);
const diffs = settings.rootfs?.diff_ids;
if (!Array.isArray(layers) || layers.length !== diffs?.length) {
  fail(`the image's manifest names ${layers?.length} layers and its config ${diffs?.length}`);
}
for (const [number, { digest }] of layers.entries()) {
  await verify(digest);
  await look(digest, diffs[number], !ownLayers || number >= layers.length - ownLayers);
}
const rules = new Set(secrets(strings(settings).join("\n")).map(({ rule }) => rule));
const spoken = [...rules].map((rule) => ({ rule, path: "config", layer: "", line: 0, deleted: false }));
const printed = [...findings.map(({ folder, ...finding }) => finding), ...spoken];
console.log(JSON.stringify({ layers: layers.length, files, findings: printed }));
