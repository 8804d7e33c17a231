// Human in Node, on its WebAssembly backend, of the packages that `make peers` installs; the folder is the argument.
//
// Prints what it is, then for each file named on standard input one line of JSON: the processor time of looking at it, in
// milliseconds, and its faces, each a box (left, top, width, height) and an embedding. Human has no decoder there: the
// files are pixels, RGB in bytes, behind a line with their width and height.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const packages = `${process.argv[2]}/node_modules`;
const require = createRequire(`${packages}/`);
require("@tensorflow/tfjs-backend-wasm");
const { Human } = require(`${packages}/@vladmandic/human/dist/human.node-wasm.js`);
globalThis.fetch = async (address) => new Response(readFileSync(new URL(address))); // of models, which are files

const off = { enabled: false };
const human = new Human({
  backend: "wasm",
  wasmPath: `${packages}/@tensorflow/tfjs-backend-wasm/dist/`,
  modelBasePath: pathToFileURL(`${packages}/@vladmandic/human/models/`).href,
  cacheSensitivity: 0, // each picture is a new one
  filter: off, body: off, hand: off, object: off, gesture: off,
  face: { emotion: off, iris: off }, // neither is needed for the embedding
});
await human.load();
console.log(`Human ${human.version}, tfjs ${human.tf.version["tfjs-core"]} on ${human.tf.getBackend()}`);

for await (const file of createInterface({ input: process.stdin })) {
  const content = readFileSync(file);
  const end = content.indexOf("\n");
  const [width, height] = content.subarray(0, end).toString().split(" ").map(Number);
  const started = process.cpuUsage();
  const pixels = human.tf.tensor(new Uint8Array(content.subarray(end + 1)), [1, height, width, 3], "float32");
  const { face } = await human.detect(pixels);
  human.tf.dispose(pixels);
  const { user, system } = process.cpuUsage(started);
  const faces = face.map(({ box, embedding }) => ({ box, embedding }));
  console.log(JSON.stringify({ milliseconds: (user + system) / 1000, faces }));
}
