"""Finds people who are in UTKFace more than once: python -m training.same_people [--teachers DIR]

Writes utkface_repeated.txt: digests of the names of images whose person an earlier image shows. UTKFace names nobody,
and most of its most similar pairs of "different" people show one person; counted as impostors they would hide how rare
false matches are. Two recognition networks must agree, both stronger than the project's own and not shipped with it.
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime

from visage.faces.detection.detect import detect_largest
from visage.faces.imaging.geometry import umeyama
from visage.faces.imaging.resample import warp
from visage.faces.recognition.embed import unit

from .data import DATA, REPEATED, demographics, digest, load, utkface_files

EDGEFACE, MOBILEFACENET = "edgeface_xs.onnx", "foamliu_mobilefacenet.onnx"
SAME = 0.5
"""Cosine of MobileFaceNet, and 0.1 more than EdgeFace's, from which two faces are one person's. By eye, all of 48 pairs
of adults from 0.5 upwards were; of 16 between 0.42 and 0.5 about half."""
SAME_CHILD = 0.85
"""The same if one is a child below `CHILD`: of 16 pairs of infants between 0.7 and 0.8 about ten were two people."""
CHILD = 12
_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""ArcFace's five points in a chip of 112 px."""
_MEAN, _DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def repeated(files: list[str], edge: np.ndarray, mobile: np.ndarray) -> list[str]:
    """The files whose person an earlier one shows, by unit embeddings (n, d) of both networks; chains count."""
    alike = np.minimum(edge @ edge.T + 0.1, mobile @ mobile.T)
    child = np.array([(demographics(file) or (0,))[0] < CHILD for file in files])
    linked = alike >= np.where(child[:, None] | child, SAME_CHILD, SAME)
    first = np.arange(len(files))
    while True:
        lowest = np.where(linked, first, len(files)).min(axis=1)
        if (lowest == first).all():
            return [file for row, file in enumerate(files) if first[row] != row]
        first = np.minimum(first, lowest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=DATA.parent / "models", help="default: %(default)s")
    arguments = parser.parse_args()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    networks = [
        onnxruntime.InferenceSession(arguments.teachers / name, options) for name in (EDGEFACE, MOBILEFACENET)
    ]
    files, edge, mobile = [], [], []
    for file in utkface_files(arguments.data):
        image = load(arguments.data / "utkface" / file)
        face = detect_largest(image)
        if face is None:
            continue
        chip = warp(image, umeyama(face.points, _TEMPLATE), 112).astype(np.float64)
        inputs = (chip - 127.5) / 127.5, (chip / 255 - _MEAN) / _DEVIATION
        for network, blob, said in zip(networks, inputs, (edge, mobile), strict=True):
            picture = np.ascontiguousarray(blob.transpose(2, 0, 1)[None], np.float32)
            said.append(network.run(None, {network.get_inputs()[0].name: picture})[0][0])
        files.append(file)
    found = repeated(files, unit(np.stack(edge)), unit(np.stack(mobile)))
    digests = sorted(map(digest, found))
    REPEATED.write_text("".join(f"{each}\n" for each in digests))
    print(f"{len(found)} of {len(files)} images show a person again")


if __name__ == "__main__":
    main()
