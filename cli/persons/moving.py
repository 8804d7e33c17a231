"""`visage export`, `import`, `restore` and `rebuild`: moves a library to another deployment, or restores it."""

import argparse
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.target import Target, TargetError, failed_call
from cli.terminal.progress import Bar
from visage.access import trail
from visage.access.trail import Record
from visage.api.errors import green_error
from visage.errors import VisageError

if TYPE_CHECKING:
    from visage.gallery.persons.types import Person, StoredFace


def add_commands(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    leave = _command(
        commands, shared, "export", _export, "write a library's persons, faces and images into a folder",
        "Writes persons, embeddings and kept images of a library into a new folder that only you may read. It holds "
        "biometric data: delete it when it has been imported.",
    )  # fmt: skip
    leave.add_argument("folder", type=Path, help="a folder that does not exist yet")
    come = _command(
        commands, shared, "import", _import, "import an exported library into this deployment",
        "Imports the persons of an exported library with their ids, faces and images. A person with the same id is "
        "replaced; others stay. It may be interrupted and started again.",
    )  # fmt: skip
    come.add_argument("folder", type=Path, help="the folder that `visage export` wrote")
    back = _command(
        commands, shared, "restore", _restore, "restore persons from a restored copy of the table",
        "Resets persons to their state in another table, which DynamoDB restored to a point in time. Newer persons "
        "stay. Persons deleted on purpose come back too: see `visage audit`, and delete them again.",
    )  # fmt: skip
    back.add_argument("table", help="name of the restored table")
    back.add_argument("--person", action="append", dest="persons", metavar="ID", help="only this one; repeatable")
    back.add_argument("--dry-run", action="store_true", help="only list the persons that would come back")
    _command(
        commands, shared, "rebuild", _rebuild, "rebuild a library's snapshots from its rows",
        "Rebuilds a library's snapshots if the table no longer matches the files in the snapshot bucket.",
    )  # fmt: skip


def _command(
    commands: argparse._SubParsersAction,
    shared: argparse.ArgumentParser,
    name: str,
    run: Callable[[Target, str, argparse.Namespace], int],
    about: str,
    description: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, parents=[shared], help=about, description=description)
    parser.add_argument("--library", help="the library, see `visage client list` (default: the only one)")
    parser.set_defaults(command=lambda options: _attempt(run, options))
    return parser


def _attempt(run: Callable[[Target, str, argparse.Namespace], int], options: argparse.Namespace) -> int:
    target = Target.of(options)
    try:
        target.adopt()
        return run(target, target.library(options.library), options)
    except VisageError as error:
        raise TargetError(green_error(error)[1]) from None
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None


def _export(target: Target, library: str, options: argparse.Namespace) -> int:
    from cli.persons.parcel import Parcel

    with _recorded(target, library, "ExportLibrary"):
        parcel = Parcel.create(options.folder)
        for person in _persons(library):
            parcel.add(person, lambda face, person=person: _image(library, person, face))
        print(f"{parcel.persons:,} persons, {parcel.images:,} images of {library} are in {options.folder}")
    return 0


def _import(target: Target, library: str, options: argparse.Namespace) -> int:
    from cli.persons.parcel import Parcel
    from visage.gallery.persons.store import Library
    from visage.gallery.upkeep.bring_back import bring_back

    parcel, changed = Parcel.open(options.folder), 0
    bar = Bar(parcel.persons, "persons")
    with _recorded(target, library, "ImportLibrary"):
        for number, person in enumerate(parcel.all(), 1):
            changed += bring_back(Library(library), person, lambda face, person=person: parcel.image(person, face))
            bar.show(number)
    bar.end()
    others = "" if changed == parcel.persons else "; the others were already there"
    print(f"{changed:,} of {parcel.persons:,} persons imported into {library}{others}")
    return 0


def _restore(target: Target, library: str, options: argparse.Namespace) -> int:
    from visage.gallery.persons.store import Library
    from visage.gallery.upkeep.bring_back import bring_back, differs

    back = 0
    with _recorded(target, library, "RestorePersons", dry=options.dry_run):
        for person in _persons(library, options.table):
            if options.persons and person.id not in options.persons:
                continue
            if options.dry_run:
                came = differs(Library(library), person)
            else:
                came = bring_back(Library(library), person, lambda face, person=person: _image(library, person, face))
            if came:
                back += 1
                print(person.id)
    print(f"{back:,} persons {'would come' if options.dry_run else 'came'} back from {options.table}")
    return 0


def _rebuild(_target: Target, library: str, _options: argparse.Namespace) -> int:
    from visage.gallery.persons.store import Library
    from visage.gallery.upkeep.rebuild import rebuild

    count = rebuild(Library(library), lambda: (person.id for person in _persons(library)))
    print(f"{count:,} persons of {library} were repacked")
    return 0


@contextmanager
def _recorded(target: Target, library: str, operation: str, *, dry: bool = False) -> Iterator[None]:
    """Record the operation and its operator in the audit trail, before and after."""
    who, request = target.operator(), str(uuid.uuid4())
    if dry:
        yield
        return
    trail.write(Record(library, who, operation, request, trail.BEGUN))
    yield
    trail.write(Record(library, who, operation, request, trail.OK))


def _persons(library: str, table: str | None = None) -> "Iterator[Person]":
    """The persons of a library, in any order; of the deployment's table, or of another one."""
    from visage import aws
    from visage.gallery.persons import rows
    from visage.settings import settings

    pages = (
        aws.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=table or settings().table,
            ConsistentRead=True,
            FilterExpression="begins_with(pk, :persons)",
            ExpressionAttributeValues={":persons": {"S": rows.person_key(library, "")["pk"]["S"]}},
        )
    )
    return (rows.read_person(row) for page in pages for row in page["Items"])


def _image(library: str, person: "Person", face: "StoredFace") -> bytes | None:
    """The kept image of a face, if it still exists."""
    from visage.gallery.persons.images import FaceImages, image_key

    try:
        return FaceImages().read(image_key(library, person.born, face.id))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return None
