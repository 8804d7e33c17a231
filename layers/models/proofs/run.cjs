// Runs the published networks on TensorFlow.js: node run.cjs FOLDER (prepared by make.py).
const fs = require("fs");
const Module = require("module");
const path = require("path");

const folder = path.resolve(process.argv[2]);
const file = (name) => path.join(folder, name);
const bytes = (name) => new Uint8Array(fs.readFileSync(file(name))).buffer;
const tf = require(file("tf.js"));

// face-api asks for TensorFlow.js by its package's name, which is not installed here.
const load = Module._load;
Module._load = (request, ...rest) => (request.startsWith("@tensorflow/") ? tf : load(request, ...rest));
const faceapi = require(file("face-api.js"));

const input = (model, side) => tf.tensor4d(new Float32Array(bytes(`${model}.input`)), [2, side, side, 3]);
const write = (name, output) => fs.writeFileSync(file(`${name}.output`), Buffer.from(output.dataSync().buffer));

function dlibResnet() {
  const groups = JSON.parse(fs.readFileSync(file("dlib_resnet.json")));
  const net = new faceapi.FaceRecognitionNet();
  net.loadFromWeightMap(tf.io.decodeWeights(bytes("dlib_resnet.bin"), groups.flatMap((group) => group.weights)));
  // face-api divides by 255 after subtracting the mean, dlib, whose weights these are, by 256: undo the difference.
  const mean = tf.tensor1d([122.782, 117.001, 104.298]);
  const picture = input("dlib_resnet", 150).sub(mean).mul(255 / 256).add(mean);
  write("dlib_resnet.embedding", net.forwardInput({ toBatchTensor: () => picture }));
}

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

function faceres() {
  const picture = input("faceres", 224).reverse(3).sub(tf.tensor1d([103.939, 116.779, 123.68]));
  const outputs = { embedding: "global_pooling/Mean", gender: "gender_pred/Sigmoid", age: "age_pred/Softmax" };
  return graphModel("faceres", picture, outputs);
}

function facemesh() {
  const outputs = { mesh: "Identity_2", presence: "Identity_1", contours: "Identity" };
  return graphModel("facemesh", input("facemesh", 192).div(255), outputs);
}

function eyelids() {
  const outputs = { points: "StatefulPartitionedCall/model/conv_eyes_contours_and_brows/BiasAdd" };
  return graphModel("eyelids", input("eyelids", 64).div(255), outputs);
}

tf.setBackend("cpu").then(dlibResnet).then(faceres).then(facemesh).then(eyelids);
