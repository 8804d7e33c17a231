"""Trains, calibrates and measures the first network of the attributes: python -m training.attributes

Writes the network whose last layer `training.attributes.further` trains again. Labels come from the development sets;
teachers only add labels.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch

from ..data import DATA
from ..progress import progress
from . import card, fit, labels
from .calibrate import calibrate, cross_fitted
from .chips import CACHE
from .export import export
from .network import Network
from .samples import FIRST, TRAIN, Samples, read

STEPS = 900
TAUGHT = CACHE / "network.pt"
FIRST_NETWORK = CACHE / "first.onnx"


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    samples = read(arguments.data, arguments.teachers, arguments.threads)
    network = _network()
    if arguments.taught:
        network.load_state_dict(torch.load(arguments.taught))
    else:
        rows = np.flatnonzero(samples.part == TRAIN)
        network = fit.teach(network, samples, rows, arguments.steps, 0, progress("attributes"))
        torch.save(network.state_dict(), TAUGHT)
    _write_held_back(samples, arguments.data)
    _write(network, samples)


def _network() -> Network:
    torch.manual_seed(0)
    network = Network()
    network.load_trunk()
    return network.to(memory_format=torch.channels_last)


def _write_held_back(samples: Samples, data: Path) -> None:
    """Write the list of labelled faces held back for checking."""
    told = labels.told(data)
    names = [name for name, part in zip(samples.names, samples.part, strict=True) if part >= FIRST and name in told]
    labels.HELD_BACK.write_text("".join(f"{digest}\n" for digest in sorted(map(labels.digest, names))))


def _write(network: Network, samples: Samples) -> None:
    """Calibrate, export, and measure on the held-back people."""
    logits = np.full(samples.targets.shape, np.nan, np.float32)
    held_back = np.flatnonzero(samples.part != TRAIN)
    logits[held_back] = fit.logits(network, samples.pixels[held_back])
    calibration = calibrate(samples, logits, held_back)
    content = export(network, calibration.scales, calibration.offsets, calibration.degree)
    FIRST_NETWORK.write_bytes(content)
    print(card.write(samples, cross_fitted(samples, logits), logits, calibration, len(content)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.attributes", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=DATA.parent / "models", help="default: %(default)s")
    parser.add_argument("--steps", type=int, default=STEPS, help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: one per core")
    parser.add_argument("--taught", type=Path, help=f"only calibrate and measure this network, such as {TAUGHT.name}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
