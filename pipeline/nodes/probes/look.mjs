// Looks for files and secrets that no image may hold, in every layer, also where a later one deleted them.
// Every blob is held against its digest first: what was looked at is what a registry gets.
//   node look.mjs image.tar OWN_LAYERS      the last OWN_LAYERS are the application's; 0: all, for an unknown base
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { Image, Removals, fail, members, resolved, windows } from "./archive.mjs";

const HEAD = 8192; // bytes in which a NUL says that a file is no text
const WINDOW = 1 << 20; // bytes that are searched at once
const OVERLAP = 1 << 13; // bytes that the longest pattern needs: a key's marker, its headers and the start of its body

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

// With no base known every layer counts as own, and these folders are where a base has its own files.
const shipped = named(/^(usr\/(local\/(go|lib)|lib|share)|opt\/yarn[^/]*)\//);

// An empty one is where a server writes its own.
const CACHES = [
  ["cache", /^(.*?\/)?(node_modules\/\.cache|\.next\/cache|\.npm\/_cacache)(?=\/)/s],
  ["cache", /^(.*?\/)?(\.cache\/(go-build|pip|pnpm|yarn)|\.(pytest|mypy|ruff)_cache)(?=\/)/s],
];

// Keys that the Go distribution publishes with its own tests, and GnuTLS with those that it runs at its start.
const published = named(
  /^usr\/local\/go\/src\/crypto\/tls\/(example_test\.go|testdata\/example-key\.pem)$/,
  /^usr\/local\/go\/src\/crypto\/x509\/platform_root_key\.pem$/,
  /^(usr\/)?lib(64)?\/([^/]+-linux-[^/]+\/)?libgnutls\.so\.[0-9.]+$/,
);

// As documentation writes a token that is none.
const placeholder = (token) => /x{6}/i.test(token) || token.endsWith("EXAMPLE");

// Line ends may be escaped, as in JSON and source code, and an encrypted key has headers before its body.
const BREAK = String.raw`(?:\\{1,4}[nr]|[\r\n])`;
const HEADERS = String.raw`(?:${BREAK}{1,4}[ \t]{0,99}[A-Za-z-]{4,20}: [^\r\n\\]{1,200}){0,9}`;
const PEM = String.raw`-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----`;
const KEY = `${PEM}${HEADERS}(?:${BREAK}|[\\s"'+,])*[A-Za-z0-9+/=]{40}`;

const TOKENS = [
  ["aws-access-key-id", "A[KS]IA[A-Z0-9]{16}"],
  ["github-token", "gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"],
  ["npm-token", "npm_[A-Za-z0-9]{36}"],
  ["slack-token", "xox[abeoprs]-(?:[0-9]+-){1,3}[A-Za-z0-9-]{16,}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]{32,}"],
  ["slack-token", "hooks\\.slack\\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{24}"],
  ["google-api-key", "AIza[A-Za-z0-9_-]{35}"],
  ["stripe-secret-key", "[rs]k_live_[A-Za-z0-9]{20,}"],
];
const RULES = [...TOKENS.map(([rule]) => rule), "private-key"];

// Where any of them may begin. One pass over all bytes takes half the time of one for each beginning.
const BEGINNING = /-----BEGIN |A[KS]IA[A-Z0-9]|gh[pousr]_|github_pat_|npm_|xox.-|xapp-|hooks\.slack|AIza|[rs]k_live_/g;
const ANY = TOKENS.map(([, pattern]) => `(${pattern})`).join("|");
const ALONE = new RegExp(`(?<![A-Za-z0-9])(?:${ANY})(?![A-Za-z0-9])|(${KEY})`, "y");
// Compilers put strings side by side, with nothing between them. Then AWS's key IDs look like base64 of WebAssembly,
// and Google's would, too, without the two letters with which all of them go on.
const GLUED = new RegExp(ANY.replace("(A[KS]IA", "(?!)(A[KS]IA").replace("AIza", "AIza(?=Sy)"), "y");

// Words side by side have the length of a token, but no digits, or seldom change between small, capital and digit.
function drawn(token) {
  const body = token.slice(4, 40);
  const digits = body.replace(/[^0-9]+/g, "").length;
  const runs = body.match(/[a-z]+|[A-Z]+|[0-9]+|[^A-Za-z0-9]+/g).length;
  return digits > 1 && runs > body.length * 0.35;
}

function matched(pattern, text, index) {
  pattern.lastIndex = index;
  const match = pattern.exec(text);
  return match && { rule: RULES[match.findIndex((part, at) => at > 0 && part !== undefined) - 1], token: match[0] };
}

function secretAt(text, index, binary) {
  const found = matched(ALONE, text, index);
  // A program that reads keys has the marker, and any other string may follow it.
  if (found?.rule === "private-key") return binary && /-----[A-Za-z0-9+/=]{40}$/.test(found.token) ? null : found;
  // Programs that look for tokens have their prefixes side by side.
  if (!binary || (found && text[index - 1] !== "_")) return found;
  const glued = matched(GLUED, text, index);
  return glued && (glued.rule === "slack-token" || drawn(glued.token)) ? glued : null;
}

function* secrets(text, start = 0, end = text.length, binary = false) {
  for (let at = start; ; ) {
    BEGINNING.lastIndex = at;
    const index = BEGINNING.exec(text)?.index ?? end;
    if (index >= end) return;
    const found = secretAt(text, index, binary);
    if (found && !placeholder(found.token)) yield { rule: found.rule, index };
    // The next may be glued to this one, but a text full of Slack's is not to be read again for each.
    at = index + (found?.rule === "slack-token" ? found.token.length : 1);
  }
}

function newlines(bytes, from, to) {
  let count = 0;
  for (let at = from; (at = bytes.indexOf(10, at) + 1) > 0 && at <= to; ) count++;
  return count;
}

// What the content of a file holds: each rule once a line, or once a binary file, which has no lines.
async function* content(path, member) {
  const settings = SETTINGS.filter(([name]) => name.test(path));
  const seen = new Set();
  let binary;
  let line = 1;
  for await (const { bytes, start, end, last } of windows(member, WINDOW, OVERLAP)) {
    binary ??= bytes.subarray(0, HEAD).includes(0);
    const text = bytes.latin1Slice();
    let from = start;
    for (const { rule, index } of secrets(text, start, end, binary)) {
      if (!binary) line += newlines(bytes, from, index);
      from = index;
      const found = { rule, line: binary ? 0 : line };
      if (!seen.has(`${rule}:${found.line}`)) yield found;
      seen.add(`${rule}:${found.line}`);
    }
    if (!binary && !last) line += newlines(bytes, from, end);
    if (settings.some(([, hit]) => hit(path, text))) yield { rule: "credentials", line: 0 };
  }
}

async function* judged(path, member, own) {
  const seen = new Set();
  for await (const found of content(path, member)) {
    if (found.rule === "credentials" && seen.has(found.rule)) continue;
    seen.add(found.rule);
    if (found.rule !== "private-key" || !published(path)) yield found;
  }
  const names = [...NAMES, ...(own ? OWN_NAMES : [])].filter(([, hit]) => hit(path)).map(([rule]) => rule);
  for (const rule of new Set(names)) if (!seen.has(rule)) yield { rule, line: 0 };
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
      for (const [rule, pattern] of own(path) ? [...FOLDERS, ...CACHES] : FOLDERS) {
        const folder = path.match(pattern)?.[0];
        // A link of that name is only a path to elsewhere.
        if (!folder || folders.has(folder) || (folder === path && member.type === "2")) continue;
        folders.add(folder);
        add({ rule, path: folder, line: 0, folder: true });
      }
      if (member.type === "0") files++;
      if (member.type !== "0" && member.type !== "1") continue;
      for await (const found of judged(path, member, own(path))) add({ ...found, path });
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
  await look(digest, diffs[number], (path) => (ownLayers ? number >= layers.length - ownLayers : !shipped(path)));
}
const rules = new Set(secrets(strings(settings).join("\n")).map(({ rule }) => rule));
const spoken = [...rules].map((rule) => ({ rule, path: "config", layer: "", line: 0, deleted: false }));
const printed = [...findings.map(({ folder, ...finding }) => finding), ...spoken];
console.log(JSON.stringify({ layers: layers.length, files, findings: printed }));
