"""`visage enrol`: enrols a folder with one subfolder of photos per person, through the upload bucket."""

import argparse
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.target import MODELS, Target, TargetError, failed_call
from cli.terminal.progress import Bar
from visage.api.dialects import fields
from visage.api.errors import green_error
from visage.errors import VisageError

if TYPE_CHECKING:
    from cli.persons.dropping import Outcome

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp")


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "enrol",
        parents=[shared],
        help="enrol a folder of photos into a group",
        description="Enrols FOLDER/<personId>/*.jpg (also png, bmp, gif, webp). Creates persons and the group if they "
        "do not exist. It may be interrupted and started again: photos that are enrolled already are skipped.",
    )
    parser.add_argument("folder", type=Path, help="folder with one subfolder per person, named by the person's id")
    parser.add_argument("--group", required=True, help="the group's id")
    parser.add_argument("--library", help="library of the group, see `visage client list` (default: the only one)")
    parser.add_argument("--at-once", type=int, default=8, metavar="N", help="concurrent photos (default: 8)")
    parser.add_argument(
        "--patience", type=float, default=300, metavar="SECONDS",
        help="maximum wait for the result of a photo (default: 300)",
    )  # fmt: skip
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    target = Target.of(options)
    try:
        fields.group_id({"groupId": options.group})
        photos, misplaced = _photos(options.folder), list(_misplaced(options.folder))
        target.adopt(MODELS)
        library = target.library(options.library)
        return _enrol(target, library, options, photos, misplaced)
    except VisageError as error:
        raise TargetError(green_error(error)[1]) from None
    except OSError as error:
        raise TargetError(f"{error.filename}: {error.strerror}") from None
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None


def _photos(folder: Path) -> list[Path]:
    """The images in folders whose names are person ids."""
    people = [person for person in sorted(folder.iterdir()) if person.is_dir() and fields.ID.fullmatch(person.name)]
    return [file for person in people for file in sorted(person.iterdir()) if _is_photo(file)]


def _misplaced(folder: Path) -> Iterator[tuple[Path, VisageError]]:
    """Images that cannot be enrolled because of their location, with the error."""
    for entry in sorted(folder.iterdir()):
        if _is_photo(entry):
            yield entry, fields.invalid("It is not in a person's folder.")
        elif entry.is_dir() and not entry.name.startswith(".") and not fields.ID.fullmatch(entry.name):
            try:
                fields.person_id({"personId": entry.name})
            except VisageError as error:
                yield from ((file, error) for file in sorted(entry.iterdir()) if _is_photo(file))


def _is_photo(file: Path) -> bool:
    return file.is_file() and file.suffix.lower() in SUFFIXES and not file.name.startswith(".")


def _enrol(
    target: Target,
    library: str,
    options: argparse.Namespace,
    photos: Sequence[Path],
    misplaced: Sequence[tuple[Path, VisageError]],
) -> int:
    """Enrol the photos. 0 when every photo is enrolled, 1 when some are not, 130 when interrupted."""
    # Imported now, because the environment's settings name the deployment only after `adopt`.
    from cli.persons.dropping import REFUSED, UNANSWERED, Dropper, Outcome

    if not photos and not misplaced:
        raise TargetError(f"{options.folder} contains no photos; it needs a subfolder per person")
    s3 = target.client("s3", config=Config(signature_version="s3v4", max_pool_connections=max(1, options.at_once)))
    stopping = threading.Event()
    dropper = Dropper(s3, library, options.group, {photo.parent.name for photo in photos}, options.patience, stopping)
    bar, outcomes = Bar(len(photos), "photos"), [Outcome.refused(path, error) for path, error in misplaced]
    with ThreadPoolExecutor(max(1, options.at_once), thread_name_prefix="enrol") as threads:
        try:
            for done, future in enumerate(as_completed([threads.submit(dropper.enrol, photo) for photo in photos]), 1):
                outcomes.append(future.result())
                bar.show(done)
        except BaseException as error:
            stopping.set()
            threads.shutdown(cancel_futures=True)
            bar.end()
            if not isinstance(error, KeyboardInterrupt):
                raise
            done = len(outcomes) - len(misplaced)
            print(f"interrupted after {done:,} of {len(photos):,} photos; run the same command to continue")
            return 130
    bar.end()
    counts = Counter(outcome.status for outcome in outcomes)
    for what, number in counts.items():
        print(f"{number:>8,}  {what}")
    _print_table(sorted((outcome for outcome in outcomes if outcome.remark), key=lambda outcome: outcome.path))
    return 1 if counts[REFUSED] or counts[UNANSWERED] else 0


def _print_table(outcomes: "Sequence[Outcome]") -> None:
    rows = [("PERSON", "FILE", "CODE", "WHY")]
    rows += [(each.path.parent.name, each.path.name, str(each.code), each.remark) for each in outcomes]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows if outcomes else ():
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        print(line.encode(errors="replace").decode())  # file names may be invalid Unicode
