"""face_recognition, in the environment of `make peers`; knows nothing of ours.

Prints what it is, then for each file named on standard input one line of JSON: the processor time of looking at it, in
milliseconds, and its faces, each a box (left, top, width, height) and an embedding.
"""

import json
import sys
import time
from importlib.metadata import version

import dlib
import face_recognition

print(f"face_recognition {version('face_recognition')}, dlib {dlib.__version__}", flush=True)
for line in sys.stdin:
    started = time.process_time()
    image = face_recognition.load_image_file(line.rstrip("\n"))
    places = face_recognition.face_locations(image)
    embeddings = face_recognition.face_encodings(image, places)
    milliseconds = 1000 * (time.process_time() - started)
    faces = [
        {"box": [left, top, right - left, bottom - top], "embedding": embedding.tolist()}
        for (top, right, bottom, left), embedding in zip(places, embeddings, strict=True)
    ]
    print(json.dumps({"milliseconds": milliseconds, "faces": faces}), flush=True)
