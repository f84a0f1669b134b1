// Measures an image from its tarball (OCI layout): prints its config and, for each layer, digest and sizes in bytes.
//   node measure.mjs image.tar
import { openSync, readSync } from "node:fs";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

const BLOCK = 512;

// Tar (POSIX pax): the members of an archive with the offset and size of their content.
function* members(read) {
  for (let at = 0, name = ""; ; ) {
    const header = read(at, BLOCK);
    if (header.length < BLOCK || header[0] === 0) return;
    const text = (from, length) => header.toString("utf8", from, from + length).replace(/\0.*$/s, "");
    const size = header[124] & 0x80 ? Number(header.readBigUInt64BE(128)) : parseInt(text(124, 12), 8) || 0;
    const type = text(156, 1);
    const content = at + BLOCK;
    at = content + Math.ceil(size / BLOCK) * BLOCK;
    if (type === "x") name = pax(read(content, size)).path ?? "";
    else if (type === "L") name = read(content, size).toString("utf8").replace(/\0.*$/s, "");
    else if (type !== "g") {
      const prefix = text(345, 155);
      yield { name: name || (prefix ? `${prefix}/${text(0, 100)}` : text(0, 100)), type, content, size };
      name = "";
    }
  }
}

function pax(records) {
  return Object.fromEntries(
    [...records.toString("utf8").matchAll(/\d+ ([^=]+)=([^\n]*)\n/g)].map(([, key, value]) => [key, value]),
  );
}

function unpack(blob) {
  if (blob[0] === 0x1f && blob[1] === 0x8b) return gunzipSync(blob);
  return blob.readUInt32LE(0) === 0xfd2fb528 ? zstdDecompressSync(blob) : blob;
}

function measure(digest, blob) {
  const tar = unpack(blob);
  const files = [...members((at, size) => tar.subarray(at, at + size))].filter(({ type }) => type === "0" || !type);
  const largest = files.reduce((most, file) => (file.size > most.size ? file : most), { name: "", size: 0 });
  return { digest, compressed: blob.length, unpacked: tar.length, files: files.length, largest: largest.name };
}

const archive = openSync(process.argv[2], "r");
const slice = (at, size) => {
  const buffer = Buffer.alloc(size);
  return buffer.subarray(0, readSync(archive, buffer, 0, size, at));
};
const blobs = new Map([...members(slice)].map((member) => [member.name.replace(/^\.\//, ""), member]));
const blob = (digest) => {
  const member = blobs.get(`blobs/${digest.replace(":", "/")}`);
  if (!member) throw new Error(`the image's tarball lacks ${digest}`);
  return slice(member.content, member.size);
};
const index = blobs.get("index.json");
if (!index) throw new Error("the image's tarball has no index.json: it is not an OCI layout");
const { manifests } = JSON.parse(slice(index.content, index.size));
const manifest = JSON.parse(blob(manifests[0].digest));
const config = JSON.parse(blob(manifest.config.digest));
console.log(JSON.stringify({ config, layers: manifest.layers.map(({ digest }) => measure(digest, blob(digest))) }));
