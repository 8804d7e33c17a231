// Runs the published networks on TensorFlow.js: node run.cjs FOLDER (prepared by make.py).
const fs = require("fs");
const path = require("path");

const folder = path.resolve(process.argv[2]);
const file = (name) => path.join(folder, name);
const bytes = (name) => new Uint8Array(fs.readFileSync(file(name))).buffer;
const tf = require(file("tf.js"));

const input = (model, side) => tf.tensor4d(new Float32Array(bytes(`${model}.input`)), [2, side, side, 3]);
const write = (name, output) => fs.writeFileSync(file(`${name}.output`), Buffer.from(output.dataSync().buffer));

async function graphModel(name, picture, outputs) {
  const source = JSON.parse(fs.readFileSync(file(`${name}.json`)));
  const model = await tf.loadGraphModel({
    load: () => ({
      modelTopology: source.modelTopology,
      signature: source.signature,
      weightSpecs: source.weightsManifest.flatMap((group) => group.weights),
      weightData: bytes(`${name}.bin`),
    }),
  });
  for (const [output, node] of Object.entries(outputs)) write(`${name}.${output}`, model.execute(picture, node));
}

function facemesh() {
  const outputs = { mesh: "Identity_2", presence: "Identity_1", contours: "Identity" };
  return graphModel("facemesh", input("facemesh", 192).div(255), outputs);
}

function eyelids() {
  const outputs = { points: "StatefulPartitionedCall/model/conv_eyes_contours_and_brows/BiasAdd" };
  return graphModel("eyelids", input("eyelids", 64).div(255), outputs);
}

tf.setBackend("cpu").then(facemesh).then(eyelids);
