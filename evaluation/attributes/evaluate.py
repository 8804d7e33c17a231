"""From a folder and its labels to a report."""

from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path

from visage.faces.appearance.attributes import Estimate

from ..collection import InputError, Remark
from ..sheets import MOST, Cell, Sheet, picture
from .answers import Answers, run_all
from .figures import FEW, Row, measure, reliabilities
from .labels import VALUES, Labelled, estimates, read_labels
from .report import Report


def evaluate(
    folder: Path,
    labels: Path,
    face: str,
    version: str,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Evaluate labelled photos. Raises InputError when the labels cannot be read or list no image of `folder`."""
    labelled = read_labels(labels)
    if not folder.is_dir():
        raise InputError(f"The folder {folder} does not exist.")
    absent = sorted({each.file for each in labelled if not (folder / each.file).is_file()})
    present = [each for each in labelled if each.file not in absent]
    if not present:
        raise InputError(f"{labels} lists no image of {folder}.")
    files = list(dict.fromkeys(each.file for each in present))
    answers = run_all(folder, files, face, workers=workers, progress=progress)
    stated = {file: estimates(answer.attributes) for file, answer in answers.by_file.items()}
    rows = measure(present, stated)
    remarks = [Remark("The labels list images that are not in the folder.", tuple(absent))] if absent else []
    return Report(
        folder=folder.resolve().name,
        images=len(files),
        faces=len(stated),
        version=version,
        rows=rows,
        reliabilities=reliabilities(present, stated),
        remarks=(*remarks, *answers.remarks, *_too_few(rows)),
        sheets=_mistakes(folder, present, answers, stated),
    )


def _too_few(rows: tuple[Row, ...]) -> list[Remark]:
    few = [f"{row.name} ({row.yes} yes, {row.no} no)" for row in rows if min(row.yes, row.no) < FEW]
    return [Remark(f"Fewer than {FEW} faces of a kind: the intervals are wide.", tuple(few))] if few else []


def _mistakes(
    folder: Path, labelled: list[Labelled], answers: Answers, stated: Mapping[str, Mapping[str, Estimate]]
) -> tuple[Sheet, ...]:
    """A sheet per value mistaken for another, the most confident mistakes first."""
    sheets = []
    for attribute, values in VALUES.items():
        known = [each for each in labelled if each.file in stated and attribute in each.truth]
        truths = sorted({each.truth[attribute] for each in known}, key=sorted)
        for truth, predicted in product(truths, values):
            matching = [each for each in known if each.truth[attribute] == truth]
            wrong = [
                (stated[each.file][attribute].rate, each.file)
                for each in matching
                if stated[each.file][attribute].value == predicted and predicted not in truth
            ]
            wrong.sort(reverse=True)
            cells = [
                Cell((file,), (picture(folder / file, answers.by_file[file].box),), 100 * rate)
                for rate, file in wrong[:MOST]
            ]
            if wrong:
                name = "_".join((attribute, *sorted(truth), "as", predicted)).lower()
                title = f"{attribute}: {' or '.join(sorted(truth))} taken for {predicted}"
                sheets.append(Sheet(name, title, len(wrong), len(matching), tuple(cells)))
    return tuple(sheets)
