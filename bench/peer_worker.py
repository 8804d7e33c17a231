"""face_recognition's comparison of two files, in the environment of `make peers`; knows nothing of ours.

For each line on standard input it compares the two files named as arguments, and prints the milliseconds of processor
time that it took and the distance. First of all it prints its version and that of dlib.
"""

import sys
import time
from importlib.metadata import version

import dlib
import face_recognition


def compare(*paths: str) -> float:
    """As its README does it: find the faces, embed the first, measure their distance."""
    first, second = (face_recognition.face_encodings(face_recognition.load_image_file(path))[0] for path in paths)
    return float(face_recognition.face_distance([first], second)[0])


print(version("face_recognition"), dlib.__version__, flush=True)
for _line in sys.stdin:
    started = time.process_time()
    distance = compare(*sys.argv[1:])
    print(1000 * (time.process_time() - started), distance, flush=True)
