// Reads an image from its tarball (OCI layout) in pieces, so that a layer of any size takes no memory.
// What it cannot read ends the program with a sentence: nothing is passed over.
import { createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";

const BLOCK = 512;
const PIECE = 1 << 18; // bytes that a stream hands over at once
const EXTENSION = 1 << 20; // bytes of names and the like before a member; Go's archive/tar sets the same limit
const NOTHING = Buffer.alloc(BLOCK);

export function fail(sentence) {
  console.error(`pipeline-error: ${sentence.replace(/\p{Cc}/gu, " ")}`);
  process.exit(1);
}

// The sum of a header's bytes, its own field taken as spaces, is what tells a header from anything else.
function isHeader(block) {
  let sum = 8 * 32;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at];
  return block.length === BLOCK && sum === parseInt(block.toString("latin1", 148, 156), 8);
}

// A member of a tar archive; its content and the padding after it follow the header.
function header(block, known = new Map()) {
  const text = (from, length) => block.toString("utf8", from, from + length).replace(/\0.*$/s, "");
  const octets = block[124] & 0x80 ? Number(block.readBigUInt64BE(128)) : parseInt(text(124, 12), 8) || 0;
  const prefix = text(257, 5) === "ustar" && text(257, 8) !== "ustar  " ? text(345, 155) : "";
  const name = known.get("GNU.sparse.name") ?? known.get("path") ?? (prefix && `${prefix}/`) + text(0, 100);
  const type = text(156, 1) || (name.endsWith("/") ? "5" : "0");
  // Links, devices and folders have no content, whatever their header says: so do runtimes read it.
  const size = "123456".includes(type) ? 0 : Number(known.get("size") ?? octets);
  return { name, size, type: type === "7" ? "0" : type };
}

const padding = (size) => -size & (BLOCK - 1);

// Records of a pax header: "LENGTH KEY=VALUE\n", where a value may hold anything.
function records(content) {
  const found = new Map();
  for (let at = 0; at < content.length; ) {
    const length = parseInt(content.toString("latin1", at, at + 10), 10);
    const equals = content.indexOf("=", at);
    const end = at + length - 1;
    if (!(length > 0 && equals > at && equals < end && content[end] === 10)) fail("a layer has a broken pax header");
    const key = content.toString("utf8", content.indexOf(" ", at) + 1, equals);
    found.set(key, content.toString("utf8", equals + 1, end));
    at += length;
  }
  return found;
}

// Reads a stream in pieces of the sizes that are asked for.
class Reader {
  constructor(chunks) {
    this.chunks = chunks[Symbol.asyncIterator]();
    this.rest = Buffer.alloc(0);
  }

  async more() {
    return (await this.chunks.next()).value;
  }

  async read(size) {
    const parts = [this.rest];
    let length = this.rest.length;
    for (let chunk; length < size && (chunk = await this.more()); length += chunk.length) parts.push(chunk);
    const whole = parts.length > 1 ? Buffer.concat(parts) : this.rest;
    this.rest = whole.subarray(size);
    return whole.subarray(0, size);
  }

  // How many bytes the stream lacked.
  async skip(size) {
    let left = size - this.rest.length;
    this.rest = left < 0 ? this.rest.subarray(size) : Buffer.alloc(0);
    for (let chunk; left > 0 && (chunk = await this.more()); left -= chunk.length) {
      if (chunk.length > left) this.rest = chunk.subarray(left);
    }
    return Math.max(left, 0);
  }
}

// The members of a tar stream, to its very end: { name, type, size, read }. `type` is "0" for files, "1" and "2" for
// hard and symbolic links, "5" for folders. `read(n)` gives up to n further bytes of the content; the rest is skipped.
export async function* members(chunks) {
  const reader = new Reader(chunks);
  let known = new Map();
  for (let block; (block = await reader.read(BLOCK)).length > 0; ) {
    if (block.equals(NOTHING.subarray(0, block.length))) continue;
    if (!isHeader(block)) fail("a layer is no tar archive, or a broken one");
    const member = header(block, known);
    if (member.type === "S") fail("a layer holds a sparse file in GNU's old format, which is not understood");
    let left = member.size;
    const read = async (size) => {
      const piece = await reader.read(Math.min(size, left));
      left -= piece.length;
      return piece;
    };
    if ("xLK".includes(member.type)) {
      if (member.size > EXTENSION) fail(`a layer has a header of ${member.size} bytes before a member`);
      const content = await read(member.size);
      const added = member.type === "x" ? records(content) : [["path", content.toString("utf8").replace(/\0.*$/s, "")]];
      if (member.type !== "K") known = new Map([...known, ...added]);
    } else if (member.type !== "g") {
      known = new Map();
      yield Object.assign(member, { read });
    }
    if (await reader.skip(left)) fail("a layer is cut short in the middle of a file");
    await reader.skip(padding(member.size));
  }
}

// The content of a member in windows: { bytes, start, end, last }, to be searched for what begins from start to before
// end. What begins there may reach `overlap` bytes beyond, and the byte before it is in the window too.
export async function* windows({ size, read }, width, overlap) {
  let kept = Buffer.alloc(0);
  for (let left = size; left > 0; ) {
    const piece = await read(Math.min(width, left));
    // A stream that ends too early is what `members` fails for.
    if (piece.length === 0) return;
    left -= piece.length;
    const bytes = kept.length ? Buffer.concat([kept, piece]) : piece;
    const end = left > 0 ? bytes.length - overlap : bytes.length;
    yield { bytes, start: kept.length ? 1 : 0, end, last: left === 0 };
    kept = bytes.subarray(end - 1);
  }
}

// As a runtime resolves it: below the root, without dots.
export const resolved = (name) => posix.normalize(`/${name}`).replace(/^\/+|\/+$/g, "");

function* ancestors(path) {
  for (let at = path.length; at > 0; at = path.lastIndexOf("/", at - 1)) yield path.slice(0, at);
  yield "";
}

// What a layer takes away from those below it.
export class Removals {
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

export class Image {
  constructor(path) {
    this.path = path;
    this.file = openSync(path, "r");
    this.blobs = new Map();
    const { size: length } = fstatSync(this.file);
    for (let at = 0, block; (block = this.slice(at, BLOCK)).length > 0 && block[0] !== 0; ) {
      if (!isHeader(block)) fail("the image's tarball is no tar archive, or a broken one");
      const { name, size } = header(block);
      if (at + BLOCK + size > length) fail(`the image's tarball is cut short in ${JSON.stringify(name)}`);
      this.blobs.set(name.replace(/^\.\//, ""), { start: at + BLOCK, size });
      at += BLOCK + size + padding(size);
    }
    const { manifests } = this.json("index.json", "the image's tarball has no index.json: it is not an OCI layout");
    if (manifests?.length !== 1) fail(`the image's tarball holds ${manifests?.length ?? 0} images, and not one`);
    this.manifest = manifests[0].digest;
  }

  slice(at, size) {
    const buffer = Buffer.alloc(size);
    return buffer.subarray(0, readSync(this.file, buffer, 0, size, at));
  }

  blob(digest) {
    const name = `blobs/${String(digest).replace(":", "/")}`;
    return { name, ...(this.blobs.get(name) ?? fail(`the image's tarball lacks ${digest}`)) };
  }

  json(name, absent) {
    const { start, size } = this.blobs.get(name) ?? fail(absent);
    try {
      return JSON.parse(this.slice(start, size)) ?? {};
    } catch {
      return fail(`${name} in the image's tarball is no JSON`);
    }
  }

  document(digest) {
    return this.json(this.blob(digest).name);
  }

  // A blob as it lies in the registry, or from some byte on.
  bytes(digest, from = 0) {
    const { start, size } = this.blob(digest);
    // An end before the start would be read as none.
    if (from >= size) return Readable.from([]);
    return createReadStream(this.path, { start: start + from, end: start + size - 1, highWaterMark: PIECE });
  }

  // Node.js stops after one zstd frame, and podman writes one for each file.
  async *frames(digest) {
    const { size } = this.blob(digest);
    for (let at = 0, used; at < size; at += used) {
      const source = this.bytes(digest, at);
      const frame = createZstdDecompress({ chunkSize: PIECE });
      yield* source.pipe(frame);
      source.destroy();
      used = frame.bytesWritten || fail(`the layer ${digest} cannot be unpacked: it has an empty zstd frame`);
    }
  }

  // A layer as a tar stream, given to an asynchronous function.
  async unpack(digest, consume) {
    const magic = this.slice(this.blob(digest).start, 4).toString("hex");
    const gzip = magic.startsWith("1f8b") ? [createGunzip({ chunkSize: PIECE })] : [];
    // 0x28b52ffd, or a frame to skip before it.
    const zstd = magic === "28b52ffd" || /^5.2a4d18$/.test(magic);
    try {
      await pipeline(zstd ? this.frames(digest) : this.bytes(digest), ...gzip, consume);
    } catch (error) {
      if (!/^Z(STD)?_/i.test(error.code)) throw error;
      fail(`the layer ${digest} cannot be unpacked: ${error.message}`);
    }
  }
}
