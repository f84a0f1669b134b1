// Finds the first difference of two folders, by the path of what differs, and prints it as JSON:
//   node differ.mjs /first /second
//   {"path": "/stamp", "what": "content", "first": "byte 3", "second": ""}    or null
// `what` is presence, type, target, device, owner, mode, size, content or time. Times count only where nothing else
// differs anywhere: what was made by another command at another moment is told after what has other bytes.
import { closeSync, lstatSync, openSync, readSync, readdirSync, readlinkSync } from "node:fs";

const [first, second] = process.argv.slice(2);
const PIECE = 1 << 20;
const buffers = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)];
const TYPES = { 0o40000: "folder", 0o100000: "file", 0o120000: "link", 0o20000: "device", 0o60000: "device" };

// Names are any bytes: they are held as latin1, one character a byte, and shown as UTF-8.
const at = (root, path) => Buffer.concat([Buffer.from(root), Buffer.from(path, "latin1")]);
const names = (root, path) => readdirSync(at(root, path), { encoding: "buffer" }).map((name) => name.toString("latin1"));
const shown = (bytes) => Buffer.from(bytes, "latin1").toString("utf8");

const type = ({ mode }) => TYPES[mode & 0o170000] ?? "special file";
const time = ({ mtimeNs }) => {
  const nano = String(((mtimeNs % 1000000000n) + 1000000000n) % 1000000000n).padStart(9, "0");
  return `${new Date(Number(mtimeNs / 1000000n)).toISOString().slice(0, 19)}.${nano}Z`;
};

// The offset of the first byte that differs; -1 where none does. Both have the same size.
function content(path) {
  const files = [first, second].map((root) => openSync(at(root, path)));
  try {
    for (let offset = 0; ; ) {
      const [length, other] = files.map((file, n) => readSync(file, buffers[n], 0, PIECE, offset));
      const common = Math.min(length, other);
      if (buffers[0].compare(buffers[1], 0, common, 0, common) !== 0) {
        return offset + buffers[0].findIndex((byte, n) => byte !== buffers[1][n]);
      }
      if (common === 0) return length === other ? -1 : offset;
      offset += common;
    }
  } finally {
    files.forEach((file) => closeSync(file));
  }
}

// What two things of one path differ in besides their times: [what, first, second], or undefined.
function changed(path, a, b) {
  const kind = type(a);
  const aspects = [
    ["type", () => [kind, type(b)]],
    ["target", () => (kind === "link" ? [first, second].map((root) => readlinkSync(at(root, path), "latin1")) : [])],
    ["device", () => (kind === "device" ? [a, b].map(({ rdev }) => String(rdev)) : [])],
    ["owner", () => [a, b].map(({ uid, gid }) => `${uid}:${gid}`)],
    ["mode", () => [a, b].map(({ mode }) => (Number(mode) & 0o7777).toString(8).padStart(4, "0"))],
    ["size", () => (kind === "file" ? [a, b].map(({ size }) => `${size} bytes`) : [])],
  ];
  for (const [what, ask] of aspects) {
    const [one, two] = ask();
    if (one !== two) return [what, shown(one), shown(two)];
  }
  const offset = kind === "file" ? content(path) : -1;
  return offset < 0 ? undefined : ["content", `byte ${offset}`, ""];
}

let times;

const stat = (root, path) => {
  const found = lstatSync(at(root, path), { bigint: true });
  return Object.assign(found, { mode: Number(found.mode) });
};

function compare(path) {
  const [a, b] = [stat(first, path), stat(second, path)];
  const found = changed(path, a, b);
  if (found) return [path, ...found];
  if (a.mtimeNs !== b.mtimeNs) times ??= [path, "time", time(a), time(b)];
  return type(a) === "folder" ? inside(path) : undefined;
}

function inside(path) {
  const [one, two] = [names(first, path), names(second, path)];
  const [inOne, inTwo] = [new Set(one), new Set(two)];
  for (const name of [...new Set([...one, ...two])].sort()) {
    const below = `${path}/${name}`;
    const [here, there] = [inOne, inTwo].map((found) => (found.has(name) ? "there" : ""));
    if (here !== there) return [below, "presence", here, there];
    const found = compare(below);
    if (found) return found;
  }
}

// The roots themselves are the mounts' and no part of what was built.
const found = inside("") ?? times;
console.log(JSON.stringify(found ? { path: shown(found[0]), what: found[1], first: found[2], second: found[3] } : null));
