"""The card of calibration.json and kinds.npz."""

from collections.abc import Iterator

CARD = """\
# calibration.json, kinds.npz

What a similarity of two embeddings means: the scale that turns it into a score 0–100, and thresholds at false match
rates of 0.01, 0.001 and 0.0001, for every pair its own. Made by `make train`; the same files every time. Licence: that
of the project; the files hold neither an image nor an embedding of a person.

**Thresholds by the pair.** Networks do not tell all people apart equally well, so one threshold lets far more pairs of
small children, or of women whom the networks saw little of, pass than others. `kinds.npz` says of two embeddings how
alike different people of their kinds are: the *base*, which one in a hundred of them reaches, and the *spread*, by which
those exceed it in the mean (`visage/faces/impostors.py` has the formula). A pair's threshold for a rate lies so many
spreads above its base as calibration.json says (`excess`). Kinds are what embeddings share over many people: 16
principal components. No sex, origin or age is stored or guessed; labels were used for the tables below alone.

**What a rate refers to.** Impostors of whom nine in ten are random people of LFW and one in ten is of the pair's own
kind (16 groups by k-means, UTKFace). So random pairs of strangers match more seldom than stated, and pairs alike in sex,
origin and age more often; the table has both.

**Scale.** Piecewise linear: the usual pair (medians of base and spread over LFW's genuine pairs) has its thresholds at
70, 80 and 90; the score is 35 · -log10 f down to f = 0.01, from there 50 + 10 · -log10 f, and 100 at similarity 1. It
rises throughout.

**Data.** Labeled Faces in the Wild, {lfw:,} people (University of Massachusetts, for research), and UTKFace, {utk:,}
people (non-commercial research), development halves, one image a person. UTKFace names nobody and shows some people
several times: 430 images of people who are on an earlier one are left out, as two networks that are not shipped agree on
them (`training/same_people.py`); what they overlooked is still counted as false matches, and among children, whom these
networks confuse as well, that is likely a part. Everything was measured on people of whom neither projection nor kinds
nor thresholds had learnt anything: one half learnt, the other measured, and the other way round. Intervals: 95 %, over
people.

## Two photos: false matches measured, in multiples of the stated rate

{photos}

Between the 20 groups of UTKFace the rates differ by a factor of {ratios}. One threshold
for all makes them differ far more (`training/NOTES.md`).

| stated | genuine pairs of LFW accepted | by one threshold at the rate of random pairs |
|---|---|---|
{accepted}

The difference is the price: a rate that holds among people who are alike asks more of everybody.

## A photo and a chip portrait

**Simulated**: no portrait from a card was at hand. 102x126 px, the framing of identity photos, half of them grey,
compressed by JPEG 2000 to 1,024 bytes (`training/chip_portraits.py`).

{chips}

| stated | genuine pairs of LFW accepted | by one threshold at the rate of random pairs |
|---|---|---|
{accepted_chips}

## Searches

A search knows the probe's place alone and expects others there. f below 0.0001 cannot be counted; a generalised Pareto
tail, fitted to the most alike 0.2 %, says how it goes on. Strangers found, people the fit had not seen:

| faces in the group | stated | LFW | interval | {elsewhere} |
|---|---|---|---|{rules}
{searches}

Genuine pairs of LFW that reach a search's threshold at a false match rate f of one comparison:

| f | accepted | interval |
|---|---|---|
{tail}

**Limits: read before you rely on a rate.** Groups above a few hundred faces rest on the extrapolation. Twins, and
members of one family, are more alike than any pair here. Masks, profiles and faces below 40 px are in no set here.
UTKFace's labels were made by a machine and checked by people; its images are web photos. Do not let the score alone
decide who somebody is.

**Not for** judging a person's sex, origin or age, which these files do not know; for surveillance of people who have not
agreed; for decisions without a person who answers for them.
"""
RATES = ("0.01", "0.001", "0.0001")


def card(document: dict) -> str:
    photos, chips, search = (document["pairs"][name] for name in ("FacePic-FacePic", "FacePic-IDPic", "search"))
    others = dict(document["false_positive_identification_rates_elsewhere"])
    others.pop("data")
    return CARD.format(
        lfw=document["people"]["LFW"],
        utk=document["people"]["UTKFace"],
        photos="\n".join(_populations(photos)),
        chips="\n".join(_populations(chips)),
        ratios=_ratios(photos),
        accepted="\n".join(_accepted(photos)),
        accepted_chips="\n".join(_accepted(chips)),
        elsewhere=" | ".join(others),
        rules="---|" * len(others),
        searches="\n".join(_searches(document["false_positive_identification_rates"]["searches"], others)),
        tail="\n".join(
            f"| {rate} | {entry['true_accept_rate']:.1%} | {_ends(entry['true_accept_rate_interval'], 100, 1)} % |"
            for rate, entry in search["thresholds"].items()
        ),
    )


def _populations(entry: dict) -> Iterator[str]:
    yield "| people | number | pairs | 0.01 | 0.001 | 0.0001 |"
    yield "|---|---|---|---|---|---|"
    for name, population in entry["false_match_rates"].items():
        cells = []
        for rate in RATES:
            found = population["false_match_rate"][rate]
            times = 1 / float(rate)
            cells.append(f"{found['measured'] * times:.2f} ({_ends(found['interval'], times, 2)})")
        yield f"| {name} | {population['people']:,} | {population['pairs']:,} | {' | '.join(cells)} |"


def _ratios(entry: dict) -> str:
    groups = [found for name, found in entry["false_match_rates"].items() if name not in ("LFW, random", "adults")]
    told = []
    for rate in RATES[:2]:
        rates = [group["false_match_rate"][rate]["measured"] for group in groups]
        told.append(f"{max(rates) / min(rates):.1f} at {rate}" if min(rates) else f"more than can be counted at {rate}")
    return " and ".join(told)


def _accepted(entry: dict) -> Iterator[str]:
    for rate in RATES:
        found = entry["thresholds"][rate]
        one = found["true_accept_rate_by_one_threshold"]
        ends = _ends(found["true_accept_rate_interval"], 100, 1)
        yield f"| {rate} | {found['true_accept_rate']:.1%} ({ends}) | {one:.1%} |"


def _searches(searches: list[dict], others: dict[str, list[dict]]) -> Iterator[str]:
    for search in searches:
        asked = search["faces"], search["stated"]
        cells = []
        for table in others.values():
            found = [each["measured"] for each in table if (each["faces"], each["stated"]) == asked]
            cells.append(f"{found[0]:g}" if found else "–")
        ends = _ends(search["interval"], 1, 4)
        yield f"| {asked[0]} | {asked[1]:g} | {search['measured']:g} | {ends} | {' | '.join(cells)} |"


def _ends(ends: list[float], times: float, digits: int) -> str:
    low, high = (f"{end * times:.{digits}f}" for end in ends)
    return f"{low} – {high}"
