"""Measures what a similarity means and writes layers/models/trained/calibration.json: python -m training.calibrate

Everything is measured on people of whom nothing was learnt: projection and kinds are learnt on one half of the people,
and impostors counted among the other half, and the other way round.
"""

import argparse
import json
from dataclasses import asdict
from math import log10
from pathlib import Path

import numpy as np

from evaluation.metrics import interval
from visage.faces import sessions
from visage.faces.embed import Projection, fuse
from visage.faces.impostors import Excess, Kinds

from .calibration_card import card
from .data import DATA
from .fit_projection import TEACHERS, Taught
from .halves import TYPES, halves
from .impostors import TRAINED
from .protocol import RATES, Protocol
from .rates import KNOTS, SAMPLES, Measured, text

SEARCHED = 50
"""Samples of the bootstrap of searches."""
ELSEWHERE = {"adults": (10, 100, 500), "White men": (10, 100), "Black women": (10, 100), "Asian women": (10, 100)}
"""Groups of UTKFace in which searches are tried, and their sizes."""


def score(rate: float) -> float:
    """The score of the similarity that this share of impostor pairs reaches: 70, 80, 90 at 0.01, 0.001, 0.0001."""
    decades = -log10(rate)
    return 35 * decades if decades <= 2 else 50 + 10 * decades


def document(taught: Taught, data: Path, shipped: Kinds, projection: Projection) -> dict[str, object]:
    """All of calibration.json."""
    protocol, seen, others = taught.protocol, taught.seen, taught.others
    parts = halves(taught, data)
    size = max(len(protocol.people), len(others.files))
    measured = {pairs: Measured.of(parts, pairs, size) for pairs in TYPES}
    usual = _usual(taught, shipped, fuse(seen.dlib, seen.faceres, projection))
    pairs = {
        name: {
            "excess": _knots(each.excess),
            "tail": {field: float(f"{value:.6g}") for field, value in asdict(each.excess.tail).items()},
            "usual": usual[name],
            "thresholds": _thresholds(each, protocol),
            **({} if name == "search" else {"false_match_rates": each.populations(others.files)}),
        }
        for name, each in measured.items()
    }
    search = measured["search"]
    return {
        "command": "python -m training.calibrate",
        "data": "Labeled Faces in the Wild (LFW) and UTKFace, development halves; one image a person, people of UTKFace"
        " once (same_people.py); chip portraits are simulated (chip_portraits.py)",
        "people": {"LFW": len(protocol.people), "UTKFace": int((taught.side >= 0).sum())},
        "genuine": {"pairs": int(protocol.same.sum()), "people": protocol.known()},
        "interval": f"95 %, {SAMPLES} bootstrap samples over people, {SEARCHED} of searches",
        "thresholds": {text(rate): {"score": round(score(rate), 2)} for rate in RATES},
        "scale": scale(usual[TYPES[0]], measured[TYPES[0]].excess),
        "pairs": pairs,
        "false_positive_identification_rates": {
            "data": "LFW: what one half of the people says, tried on all groups of the other half",
            "people": [len(part.seen.photos) for part in parts],
            "searches": search.searches(SEARCHED),
        },
        "false_positive_identification_rates_elsewhere": {
            "data": "UTKFace, groups of adults of all kinds and of one kind",
            **{name: search.searches_elsewhere(others.files, name, sizes) for name, sizes in ELSEWHERE.items()},
        },
    }


def usual_pair(kinds: Kinds, first: np.ndarray, second: np.ndarray, chip: bool) -> dict[str, float]:
    """Base and spread in the middle of some pairs of embeddings (n, 256)."""
    both = kinds.impostors(kinds.places(first), kinds.places(second), chip)
    return dict(zip(("base", "spread"), (round(float(np.median(each)), 6) for each in both), strict=True))


def scale(usual: dict[str, float], excess: Excess) -> list[dict[str, float]]:
    """The usual pair's thresholds score 70, 80 and 90."""
    knots = [(usual["base"] + usual["spread"] * excess.at(rate), score(rate)) for rate in KNOTS]
    return [
        {"similarity": round(place, 6), "score": round(value, 4)}
        for place, value in ((-1.0, 0.0), *knots, (1.0, 100.0))
    ]


def _usual(taught: Taught, kinds: Kinds, vectors: np.ndarray) -> dict[str, dict[str, float]]:
    """Of LFW's genuine pairs, and for searches of its faces; no chip portrait is usual."""
    same = taught.protocol.same
    first, second = vectors[taught.protocol.first[same]], vectors[taught.protocol.second[same]]
    return {
        pairs: usual_pair(kinds, first, first if pairs == "search" else second, chip=pairs == "FacePic-IDPic")
        for pairs in TYPES
    }


def _knots(excess: Excess) -> list[dict[str, float]]:
    knots = zip(excess.rates, excess.excesses, strict=True)
    return [{"rate": rate, "excess": round(value, 5)} for rate, value in knots]


def _thresholds(measured: Measured, protocol: Protocol) -> dict[str, dict[str, object]]:
    """By rate: what such a share of impostors exceeds their base by, and the genuine pairs that do."""
    sampled, found = measured.sampled(), {}
    for name, accepted in measured.accepted(protocol).items():
        rate = float(name)
        low, high = interval(np.array([sample.at(rate) for sample in sampled]))
        ends = {"excess": round(measured.excess.at(rate), 4), "excess_interval": [round(low, 4), round(high, 4)]}
        found[name] = ends | accepted
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=TEACHERS, help="default: %(default)s")
    arguments = parser.parse_args()
    taught = Taught.of(arguments.data, arguments.teachers)
    kinds = Kinds.read((TRAINED / f"{sessions.player('kinds')}.npz").read_bytes())
    projection = Projection.read((TRAINED / f"{sessions.player('projection')}.npz").read_bytes())
    measured = document(taught, arguments.data, kinds, projection)
    stored = TRAINED / sessions.player("calibration")
    stored.with_suffix(".json").write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n")
    stored.with_suffix(".md").write_text(card(measured))
    print(card(measured))


if __name__ == "__main__":
    main()
