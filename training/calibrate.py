"""Measures what a similarity means and writes layers/models/trained/calibration.json: python -m training.calibrate"""

import argparse
import json
from math import log10
from pathlib import Path

import numpy as np

from evaluation.metrics import accepted, all_pairs, draws, interval, threshold
from visage.faces.compare import Calibration
from visage.faces.embed import Projection, fuse

from . import features, tail
from .data import DATA, demographics
from .features import Features
from .fit_projection import SAMPLES, TRAINED, cross_fit
from .protocol import RATES, Protocol

KNOTS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
ADULT = 18
SEXES = ("men", "women")
RACES = ("White", "Black", "Asian", "Indian")


def score(rate: float) -> float:
    """The score of the similarity that this share of impostor pairs reaches: 70, 80, 90 at 0.01, 0.001, 0.0001."""
    decades = -log10(rate)
    return 35 * decades if decades <= 2 else 50 + 10 * decades


def calibrate(protocol: Protocol, vectors: np.ndarray, crossed: list[np.ndarray]) -> dict[str, object]:
    """The scale and the thresholds on LFW's people, one image each, all pairs."""
    impostors, genuine = protocol.impostors(vectors, keep=0.6), protocol.genuine(vectors)
    tail = protocol.impostors(vectors, keep=0.03)
    counts = draws(len(protocol.people), SAMPLES, seed=0)
    knots = {-1.0: 0.0} | {threshold(impostors, rate): score(rate) for rate in KNOTS} | {1.0: 100.0}
    similarities, scores = list(knots), list(knots.values())
    thresholds = {}
    for rate in RATES:
        cut = threshold(impostors, rate)
        sampled = [threshold(tail, rate, drawn) for drawn in counts]
        kept = [accepted(genuine, sample, drawn) for sample, drawn in zip(sampled, counts, strict=True)]
        low, high = interval(np.array(sampled))
        unseen = [threshold(protocol.impostors(crossed[half], half), rate) for half in (0, 1)]
        thresholds[f"{rate:f}".rstrip("0")] = {
            "score": round(score(rate), 2),
            "score_interval": [round(float(end), 2) for end in np.interp([low, high], similarities, scores)],
            "similarity": round(cut, 5),
            "similarity_interval": [round(low, 5), round(high, 5)],
            "similarity_cross_fitted": [round(value, 5) for value in unseen],
            "true_accept_rate": round(accepted(genuine, cut), 4),
            "true_accept_rate_interval": [round(end, 4) for end in interval(np.array(kept))],
        }
    return {
        "people": len(protocol.people),
        "impostor_pairs": impostors.total,
        "genuine_pairs": genuine.total,
        "genuine_people": len(np.unique(genuine.first)),
        "interval": f"95 %, {SAMPLES} bootstrap samples over people",
        "thresholds": thresholds,
        "scale": [{"similarity": round(place, 6), "score": round(value, 4)} for place, value in knots.items()],
    }


def elsewhere(seen: Features, vectors: np.ndarray, cuts: dict[str, float]) -> dict[str, dict[str, object]]:
    """How often pairs of UTKFace's people reach LFW's thresholds: all adults, one sex and race, small children."""
    known = [(row, found) for row, file in enumerate(seen.files) if (found := demographics(file)) is not None]
    rows = np.array([row for row, _ in known])
    age, sex, race = np.array([found for _, found in known]).T
    adult = age >= ADULT
    groups = {"adults": adult, "children to 5 years": age <= 5}
    for race_number, race_name in enumerate(RACES):
        for sex_number, sex_name in enumerate(SEXES):
            groups[f"{race_name} {sex_name}"] = adult & (sex == sex_number) & (race == race_number)
    found = {}
    for name, members in groups.items():
        pairs = all_pairs(vectors[rows[members]], keep=1.0)
        rates = {rate: float(f"{np.mean(pairs.similarity >= cut):.2g}") for rate, cut in cuts.items()}
        found[name] = {"people": pairs.people, "pairs": pairs.total, "false_match_rate": rates}
    return found


def beyond(
    protocol: Protocol, vectors: np.ndarray, crossed: list[np.ndarray], strangers: np.ndarray, scale: Calibration
) -> dict[str, object]:
    """The rates that no set of pairs shows, and searches among people whom their fit has not seen."""
    impostors, portraits = protocol.impostors(vectors), protocol.portraits()
    halves = [protocol.impostors(crossed[half], half) for half in (0, 1)]
    known = [crossed[half][portraits[protocol.half == half]] for half in (0, 1)]
    return {
        "tail": tail.describe(impostors, protocol.genuine(vectors), SAMPLES, scale),
        "false_positive_identification_rates": {
            "data": "LFW: cuts of either half of the people, tried on all groups of the other half, projections too",
            "people": [len(half) for half in known],
            "searches": tail.searches(halves, known, (10, 100, 500), SAMPLES),
        },
        "false_positive_identification_rates_elsewhere": {
            "data": "UTKFace (development half), adults; some appear twice, so the rates are upper bounds",
            "people": len(strangers),
            "searches": tail.searches([impostors], [strangers], (10, 100, 1000), 0),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    data = parser.parse_args().data
    projection = Projection.read((TRAINED / "projection.npz").read_bytes())
    seen, others = features.lfw(data), features.utkface(data)
    protocol = Protocol.of(data, seen)
    vectors = fuse(seen.dlib, seen.faceres, projection)
    crossed = cross_fit(protocol, seen.dlib, seen.faceres)
    measured = calibrate(protocol, vectors, crossed)
    strangers = fuse(others.dlib, others.faceres, projection)
    adults = strangers[[(demographics(file) or (0,))[0] >= ADULT for file in others.files]]
    cuts = {rate: entry["similarity"] for rate, entry in measured["thresholds"].items()}
    document = {
        "command": "python -m training.calibrate",
        "data": "Labeled Faces in the Wild (deep-funnelled; development half): one image a person, all pairs of two"
        " people; genuine pairs of the standard protocol",
        **measured,
        "false_match_rates_elsewhere": {
            "data": "UTKFace (development half), all pairs; some people appear twice, so the rates are upper bounds",
            **elsewhere(others, strangers, cuts),
        },
        **beyond(protocol, vectors, crossed, adults, Calibration.read(json.dumps(measured).encode())),
    }
    (TRAINED / "calibration.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps(document, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
