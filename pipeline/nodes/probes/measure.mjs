// Measures an image from its tarball (OCI layout): prints its config and, for each layer, digest and sizes in bytes.
//   node measure.mjs image.tar
import { createReadStream, openSync, readSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";

const BLOCK = 512;
const image = process.argv[2];
const archive = openSync(image, "r");

function slice(at, size) {
  const buffer = Buffer.alloc(size);
  return buffer.subarray(0, readSync(archive, buffer, 0, size, at));
}

// A member of a tar archive (POSIX pax); its content and the padding after it follow the header.
function header(block) {
  const text = (from, length) => block.toString("utf8", from, from + length).replace(/\0.*$/s, "");
  const size = block[124] & 0x80 ? Number(block.readBigUInt64BE(128)) : parseInt(text(124, 12), 8) || 0;
  const prefix = text(345, 155);
  const name = prefix ? `${prefix}/${text(0, 100)}` : text(0, 100);
  return { name, size, type: text(156, 1), padded: Math.ceil(size / BLOCK) * BLOCK };
}

function longName(type, content) {
  const text = content.toString("utf8");
  return type === "L" ? text.replace(/\0.*$/s, "") : (text.match(/\d+ path=([^\n]*)\n/)?.[1] ?? "");
}

// Reads a stream in pieces of the sizes that are asked for, so that a layer of any size takes no memory.
class Reader {
  constructor(chunks) {
    this.chunks = chunks[Symbol.asyncIterator]();
    this.rest = Buffer.alloc(0);
    this.total = 0;
  }

  async more() {
    const { value, done } = await this.chunks.next();
    if (!done) this.total += value.length;
    return done ? undefined : value;
  }

  async read(size) {
    const parts = [this.rest];
    let length = this.rest.length;
    for (let chunk; length < size && (chunk = await this.more()); length += chunk.length) parts.push(chunk);
    const whole = Buffer.concat(parts);
    this.rest = whole.subarray(size);
    return whole.subarray(0, size);
  }

  async skip(size) {
    let left = size - this.rest.length;
    this.rest = left < 0 ? this.rest.subarray(size) : Buffer.alloc(0);
    for (let chunk; left > 0 && (chunk = await this.more()); left -= chunk.length) {
      if (chunk.length > left) this.rest = chunk.subarray(left);
    }
  }
}

async function walk(chunks, layer) {
  const reader = new Reader(chunks);
  let most = -1;
  for (let name = "", block; (block = await reader.read(BLOCK)).length === BLOCK && block[0] !== 0; ) {
    const member = header(block);
    if (member.type === "x" || member.type === "L") {
      name = longName(member.type, (await reader.read(member.padded)).subarray(0, member.size));
      continue;
    }
    await reader.skip(member.padded);
    if ((member.type === "0" || !member.type) && ++layer.files && member.size > most) {
      most = member.size;
      layer.largest = most > 0 ? name || member.name : "";
    }
    if (member.type !== "g") name = "";
  }
  await reader.skip(Number.MAX_SAFE_INTEGER);
  layer.unpacked = reader.total;
}

async function measure(digest) {
  const { content, size } = found(digest);
  const magic = slice(content, 4).toString("hex");
  const unpack = magic.startsWith("1f8b") ? [createGunzip()] : magic === "28b52ffd" ? [createZstdDecompress()] : [];
  const layer = { digest, compressed: size, unpacked: 0, files: 0, largest: "" };
  const blob = createReadStream(image, { start: content, end: content + size - 1 });
  await pipeline(blob, ...unpack, (chunks) => walk(chunks, layer));
  return layer;
}

const blobs = new Map();
for (let at = 0, block; (block = slice(at, BLOCK)).length === BLOCK && block[0] !== 0; ) {
  const { name, size, padded } = header(block);
  blobs.set(name.replace(/^\.\//, ""), { content: at + BLOCK, size });
  at += BLOCK + padded;
}
function found(digest) {
  const member = blobs.get(`blobs/${digest.replace(":", "/")}`);
  if (!member) throw new Error(`the image's tarball lacks ${digest}`);
  return member;
}
const document = ({ content, size }) => JSON.parse(slice(content, size));

const index = blobs.get("index.json");
if (!index) throw new Error("the image's tarball has no index.json: it is not an OCI layout");
const manifest = document(found(document(index).manifests[0].digest));
const layers = [];
for (const { digest } of manifest.layers) layers.push(await measure(digest));
console.log(JSON.stringify({ config: document(found(manifest.config.digest)), layers }));
