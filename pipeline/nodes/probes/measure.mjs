// Measures an image from its tarball (OCI layout): prints its config and, for each layer, digest and sizes in bytes.
//   node measure.mjs image.tar
import { Image, members } from "./archive.mjs";

const image = new Image(process.argv[2]);

async function* counted(chunks, layer) {
  for await (const chunk of chunks) {
    layer.unpacked += chunk.length;
    yield chunk;
  }
}

async function measure({ digest, mediaType }) {
  const layer = { digest, mediaType, compressed: image.blob(digest).size, unpacked: 0, files: 0, largest: "" };
  let most = 0;
  await image.unpack(digest, async (chunks) => {
    for await (const { name, type, size } of members(counted(chunks, layer))) {
      if (type !== "0") continue;
      layer.files++;
      if (size <= most) continue;
      most = size;
      layer.largest = name;
    }
  });
  return layer;
}

const { config, layers } = image.document(image.manifest);
const measured = [];
for (const layer of layers) measured.push(await measure(layer));
console.log(JSON.stringify({ config: image.document(config.digest), layers: measured }));
