"""Trains, calibrates and measures layers/models/trained/recapture.onnx: python -m training.liveness

Writes the network and its card.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch

from ..data import DATA, TRAINED
from ..progress import progress
from . import card, fit, teachers
from .calibrate import calibrate, development
from .export import export
from .faces import CACHE
from .held_back import HELD_BACK, digest
from .network import Network, untaught
from .photos import CROWDS
from .samples import CHECK, TRAIN, Samples, read

LEGS = ((3600, 0.6),)


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    samples = read(arguments.data, arguments.threads)
    network = _taught(samples, arguments.again)
    logits = _logits(network, samples)
    rows = development(samples)
    calibration = calibrate(logits[rows], samples.source[rows])
    content = export(network, calibration.scale, calibration.offset)
    (TRAINED / "recapture.onnx").write_bytes(content)
    _deal(samples)
    asked = _asked(samples, arguments)
    weights = sum(each.numel() for each in network.parameters())
    text = card.write(samples, calibration.rates(logits), asked, len(content), weights)
    (TRAINED / "recapture.md").write_text(text)
    print(text)


def _taught(samples: Samples, again: bool) -> Network:
    """The network, trained; an earlier result is reused."""
    torch.manual_seed(0)
    network, stored = untaught(), CACHE / "network.pt"
    if again or not stored.exists():
        rows = np.flatnonzero(samples.part == TRAIN)
        torch.save(fit.teach(network, samples, rows, LEGS, 0, progress("network")).state_dict(), stored)
    network.load_state_dict(torch.load(stored))
    return network


def _logits(network: Network, samples: Samples) -> np.ndarray:
    """float32 (n,): logits of everything that the network was not trained on; others NaN."""
    logits = np.full(len(samples.names), np.nan, np.float32)
    rows = np.flatnonzero(samples.part != TRAIN)
    logits[rows] = fit.logits(network, samples, rows)
    return logits


def _asked(samples: Samples, arguments: argparse.Namespace) -> np.ndarray:
    """The teachers' answers, 0–1, for the photos that the network was not trained on; others NaN."""
    rows = np.flatnonzero((samples.part != TRAIN) & ~samples.simulated)
    asked = np.full(len(samples.names), np.nan)
    faces = [samples.faces[row] for row in rows]
    asked[rows] = teachers.attacks(arguments.data, faces, arguments.teachers, arguments.threads)
    return asked


def _deal(samples: Samples) -> None:
    """Write the list of photos for checking: none with several people unless all of them were held back."""
    rows = np.flatnonzero((samples.part == CHECK) & ~samples.simulated & (samples.source != CROWDS))
    lines = sorted(f"{digest(samples.names[row])} {samples.subject[row]}\n" for row in rows)
    HELD_BACK.write_text("".join(lines))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.liveness", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=DATA.parent / "models", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: one per core")
    parser.add_argument("--again", action="store_true", help="train again, ignoring earlier results")
    return parser.parse_args()


if __name__ == "__main__":
    main()
