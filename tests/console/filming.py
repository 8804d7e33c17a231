"""Films for the browser's fake camera, showing a person simulated from a portrait."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from demo.acting import SIZE, Actor, Face
from demo.liveness import _models

FPS = 10
SECONDS = 10
"""Of a film, which then begins again."""
ACTS = 3.0
"""Seconds into the film at which the first action begins."""

ACTED = ["shake", "blink"]
"""What is done in the film of a person."""

_BITS = 7
_BIT = 12
"""Side in pixels of each bit of the frame number in the picture's lower left corner."""
_PAUSE = 3
"""Frames at rest after an action."""


def actor(photo: Path) -> Actor:
    with _models():
        return Actor(np.asarray(Image.open(photo).convert("RGB")))


def acted(person: Actor, actions: Sequence[str]) -> Iterator[np.ndarray]:
    """The film's frames: at rest, one action after the other, at rest."""
    faces = [Face()] * int(ACTS * FPS)
    for action in actions:
        faces += _script(action)
    faces += [Face()] * (SECONDS * FPS - len(faces))
    for number, face in enumerate(faces):
        # nobody is at the same place twice: two frames that are alike would be the same picture
        yield person.filmed(person.posed(face), (0.25 * number, 4 * np.sin(0.45 * number)))


def held(person: Actor) -> Iterator[np.ndarray]:
    """A photo held in a hand, for as long as the person's film."""
    for number in range(SECONDS * FPS):
        yield person.filmed(person.still, 5 * np.sin(number * np.array([0.45, 0.65])))


def _script(action: str) -> list[Face]:
    """An action at a pace at which a camera that sees one of two frames misses nothing."""
    swing = [0.3, 0.6, 0.85, 1, 1, 0.7, 0.35, 0, -0.35, -0.7, -1, -1, -0.85, -0.6, -0.3]
    once = [0.3, 0.7, 1, 1, 1, 1, 1, 0.7, 0.3]
    made = {
        "shake": [Face(yaw=26 * share) for share in swing],
        "nod": [Face(pitch=22 * share) for share in swing],
        "blink": [Face(lids=share) for share in once],
        "openMouth": [Face(jaw=share) for share in once],
    }[action]
    return made + [Face()] * _PAUSE


def film(frames: Iterator[np.ndarray], file: Path) -> None:
    """Write frames as YUV4MPEG2, which Chromium's fake camera plays in a loop; the file is written atomically."""
    width, height = SIZE
    unfinished = file.with_suffix(".new")
    with unfinished.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for number, frame in enumerate(frames):
            _number(frame, number)
            picture = Image.fromarray(frame).convert("YCbCr")
            luma, blue, red = picture.split()
            halves = [each.resize((width // 2, height // 2), Image.Resampling.BOX) for each in (blue, red)]
            out.write(b"FRAME\n" + b"".join(each.tobytes() for each in (luma, *halves)))
    os.replace(unfinished, file)


def _number(frame: np.ndarray, number: int) -> None:
    """Write a frame's number into its corner, one square per bit: under load, only it shows that a film is late."""
    for bit in range(_BITS):
        frame[-_BIT:, bit * _BIT : (bit + 1) * _BIT] = 255 * (number >> bit & 1)


_SHOWN = """([bits, side]) => {
  const video = document.querySelector("video");
  if (!video?.videoWidth) return -1;
  const context = new OffscreenCanvas(bits * side, side).getContext("2d");
  context.drawImage(video, 0, video.videoHeight - side, bits * side, side, 0, 0, bits * side, side);
  const line = context.getImageData(0, side / 2, bits * side, 1).data;
  return [...Array(bits).keys()].reduce((sum, bit) => sum + ((line[4 * side * (bit + 0.5)] > 127) << bit), 0);
}"""


def shown(page: Any) -> int:
    """The number of the film's frame that the page's camera shows now; -1 where it shows none."""
    return page.evaluate(_SHOWN, [_BITS, _BIT])
