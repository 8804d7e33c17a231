"""Damaged images and bombs: none crashes the decoder, and none takes more time or memory than is promised."""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from torture.attacks.bombs import ALPHA, BOMBS, COLOURS, WORST, bmp, encoded, noise, worst_png
from torture.rows import Row
from visage.errors import Reason

SECONDS, MEGABYTES = 3.0, 512
"""What decoding one image takes at most, on one core: docs/limits.md."""
WANTED = 3_000
_ENDS = {"decoded", Reason.IMAGE_TOO_LARGE.name, Reason.IMAGE_UNREADABLE.name}
_TRIES = 3
_EXTREMES = (b"\0", b"\1", b"\x7f", b"\x80", b"\xff", bytes(4), b"\xff" * 4, b"\x7f" + b"\xff" * 3, b"\x80" + bytes(3))
_PAIR = {
    "two PNG": lambda: worst_png(8, COLOURS, seconds=1.2),
    "two interlaced PNG of 16 bits": lambda: worst_png(16, ALPHA, 1, seconds=1.2),
}


def run(seed: int, seconds: float) -> list[Row]:
    """As many damaged images as are wanted, then the bombs, then further damaged images in what is left."""
    ends = time.monotonic() + seconds
    damage = _Damage(seed)
    damage.inflict(WANTED, ends)
    bombs = [_bombs(seed, ends), *_pairs()]
    damage.inflict(None, ends)
    return [*bombs, damage.row()]


# --- bombs ------------------------------------------------------------------------------------------------------------


def _bombs(seed: int, ends: float) -> Row:
    """In an order drawn at random, so that those without time are no kind of their own."""
    bombs = list({**BOMBS, **WORST}.items())
    random.Random(seed).shuffle(bombs)
    row, worst = Row(f"bombs, one for each format and trick, of {len(bombs)}", 0), {"seconds": 0.0, "megabytes": 0.0}
    with _decoder("green") as decode:
        for name, bomb in bombs:
            if time.monotonic() > ends:
                break
            row.tried += 1
            _judge(row, name, decode(bomb()), worst)
    row.figure = _figure(worst)
    return row


def _pairs() -> Iterator[Row]:
    """Two images as large as CompareFaces takes them, one after the other, as it decodes them."""
    with _decoder("compare") as decode:
        for name, bomb in _PAIR.items():
            data = bomb()
            answers = [decode(data), decode(data)]
            row, seconds = Row(f"{name}, the worst of one CompareFaces", 2), sum(each["seconds"] for each in answers)
            if any(answer["outcome"] != "decoded" for answer in answers) or seconds > SECONDS:
                row.blame(f"{name}: {answers}")
            row.figure = f"not decoded, or above {SECONDS:g} s together: {seconds:.2f} s"
            yield row


# --- damaged images ---------------------------------------------------------------------------------------------------


class _Damage:
    """Damaged images, and what became of them."""

    def __init__(self, seed: int) -> None:
        self._chance, self._row = random.Random(seed), Row("damaged images", 0)
        self._worst, self._outcomes = {"seconds": 0.0, "megabytes": 0.0}, Counter[str]()
        self._whole = whole_images()

    def inflict(self, wanted: int | None, ends: float) -> None:
        """Until there are as many, or the time (time.monotonic) is over."""
        names, contents = sorted(self._whole), list(self._whole.values())
        with _decoder("green") as decode:
            while (wanted is None or self._row.tried < wanted) and time.monotonic() < ends:
                name = self._chance.choice(names)
                answer = decode(damaged(self._whole[name], contents, self._chance))
                self._row.tried += 1
                self._outcomes[answer["outcome"]] += 1
                _judge(self._row, f"{name}, number {self._row.tried}", answer, self._worst)

    def row(self) -> Row:
        shares = ", ".join(f"{count:,} {outcome}" for outcome, count in self._outcomes.most_common())
        self._row.figure = f"{_figure(self._worst)}; {shares}"
        return self._row


def damaged(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """`data` with one to four faults: bits flipped, bytes set, cut, doubled, moved, or taken from another file."""
    content = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content))
        length = chance.choice((1, 2, 4, 12, 64, 1000))
        match chance.randrange(7):
            case 0:
                content[at] ^= 1 << chance.randrange(8)
            case 1:
                extreme = chance.choice(_EXTREMES)
                content[at : at + len(extreme)] = extreme
            case 2:
                del content[at : at + length]
            case 3:
                content[at:at] = content[at : at + length]
            case 4:
                content[at:at] = chance.randbytes(length)
            case 5:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                content[at : at + length] = other[start : start + length]
            case 6:
                del content[max(20, at) :]
        if len(content) < 8:
            content += data
    # Faults of the header are worth more than those of pixels, so half of all files get one there.
    if chance.random() < 0.5:
        content[chance.randrange(2, min(64, len(content)))] = chance.randrange(256)
    return bytes(content)


def whole_images() -> dict[str, bytes]:
    """Small images of every format and kind."""
    colours = Image.fromarray(noise(40, 60, 3))
    clear = Image.fromarray(noise(40, 60, 4))
    frames = [Image.fromarray(pixels) for pixels in noise(3, 30, 20, 3)]
    exif = Image.Exif()
    exif[0x0112] = 6
    files = {
        "PNG": encoded(colours, "PNG", exif=exif),
        "PNG, transparent": encoded(clear, "PNG"),
        "PNG, palette": encoded(colours.quantize(16), "PNG", transparency=3),
        "PNG, black and white": encoded(colours.convert("1"), "PNG"),
        "PNG, animated": encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        "JPEG": encoded(colours, "JPEG", exif=exif),
        "JPEG, progressive": encoded(colours, "JPEG", progressive=True, exif=exif),
        "JPEG, restarts": encoded(colours, "JPEG", restart_marker_blocks=2),
        "JPEG, CMYK": encoded(colours.convert("CMYK"), "JPEG"),
        "JPEG, grey, without its end": encoded(colours.convert("L"), "JPEG")[:-2],
        "GIF": encoded(colours.quantize(64), "GIF", comment=b"comment", transparency=1),
        "GIF, animated": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=2),
        "BMP": encoded(colours, "BMP"),
        "BMP, transparent": encoded(clear, "BMP"),
        "BMP, palette": encoded(colours.quantize(16), "BMP"),
        "BMP, runs": bmp(60, 40, 8, b"".join(bytes((40, row, 20, row + 1, 0, 0)) for row in range(40)), 1),
        "BMP, runs of nibbles": bmp(60, 40, 4, (b"\x1e\x12\0\x06\x12\x34\x56\0\x18\x21\0\0") * 40 + b"\0\1", 2, 16),
        "WebP": encoded(colours, "WEBP", exif=exif),
        "WebP, lossless": encoded(clear, "WEBP", lossless=True),
        "WebP, transparent": encoded(clear, "WEBP"),
        "WebP, animated": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
    }
    return files


# --- the decoder ------------------------------------------------------------------------------------------------------


def _judge(row: Row, name: str, answer: dict[str, Any], worst: dict[str, float]) -> None:
    for measure in worst:
        worst[measure] = max(worst[measure], answer[measure])
    if answer["outcome"] not in _ENDS or answer["seconds"] > SECONDS or answer["megabytes"] > MEGABYTES:
        row.blame(f"{name}: {answer}")


def _figure(worst: dict[str, float]) -> str:
    return (
        f"crash, above {SECONDS:g} s of one core or {MEGABYTES} MiB; "
        f"the most were {worst['seconds']:.2f} s and {worst['megabytes']:.0f} MiB"
    )


@contextmanager
def _decoder(limits: str) -> Iterator[Any]:
    """A function, bytes → what `torture.targets.child` answers; a child that died is reported by its signal, and
    replaced."""
    with tempfile.TemporaryDirectory() as folder:
        path, children = Path(folder) / "image", [_child(limits)]

        def ask(data: bytes) -> dict[str, Any]:
            path.write_bytes(data)
            children[-1].stdin.write(f"{path}\n")
            children[-1].stdin.flush()
            answer = children[-1].stdout.readline()
            if answer:
                return json.loads(answer)
            died = {"outcome": f"died of {children[-1].wait()}", "seconds": 0.0, "megabytes": 0.0}
            children.append(_child(limits))
            return died

        def decode(data: bytes) -> dict[str, Any]:
            answer = ask(data)
            # Others use the machine, too: what is near the promise is measured again, and the least counts.
            for _ in range(_TRIES - 1):
                if answer["seconds"] > SECONDS * 2 / 3:
                    answer = min(answer, ask(data), key=lambda each: each["seconds"])
            return answer

        try:
            yield decode
        finally:
            children[-1].stdin.close()
            children[-1].wait()


def _child(limits: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-m", "torture.targets.child", limits]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
