"""`visage persons` and `visage groups`: manages the persons and groups of a library, as its clients do."""

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from cli.deployment.calling import Caller, add_caller_options, image_value
from cli.terminal.tables import add_json_option, print_json, print_table

_PAGE = 100


def add_commands(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    persons = commands.add_parser("persons", help="list, show, add, change or remove persons")
    verbs = persons.add_subparsers(required=True, metavar="VERB")
    listing = _verb(verbs, shared, "list", _list_persons, "list the persons of a group")
    listing.add_argument("group", help="the group's id")
    show = _verb(verbs, shared, "show", _show, "show a person with its groups and faces")
    show.add_argument("id", help="the person's id")
    add = _verb(verbs, shared, "add", _add, "add a person, with or without photos")
    add.add_argument("id", help="the person's id")
    add.add_argument("photos", nargs="*", metavar="PHOTO", help="a file or an address, with one face in it")
    add.add_argument("--group", action="append", required=True, dest="groups", help="a group's id; repeatable")
    change = _verb(verbs, shared, "change", _change, "change a person's name or note, or add photos")
    change.add_argument("id", help="the person's id")
    change.add_argument("photos", nargs="*", metavar="PHOTO", help="a file or an address, with one face in it")
    for parser in (add, change):
        parser.add_argument("--name", help="at most 128 characters")
        parser.add_argument("--note", help="at most 1,024 characters")
    remove = _verb(verbs, shared, "remove", _remove, "remove a person with all its faces")
    remove.add_argument("id", help="the person's id")

    groups = commands.add_parser("groups", help="list groups; add persons to groups or remove them")
    verbs = groups.add_subparsers(required=True, metavar="VERB")
    _verb(verbs, shared, "list", _list_groups, "list the library's groups")
    for name, run, about in (
        ("join", _join, "add a person to existing groups"),
        ("leave", _leave, "remove a person from groups"),
    ):
        parser = _verb(verbs, shared, name, run, about)
        parser.add_argument("id", help="the person's id")
        parser.add_argument("groups", nargs="+", metavar="GROUP", help="a group's id")


def _verb(
    verbs: argparse._SubParsersAction,
    shared: argparse.ArgumentParser,
    name: str,
    run: Callable[[Caller, argparse.Namespace], int],
    about: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, parents=[shared], help=about)
    add_caller_options(parser)
    add_json_option(parser)
    parser.set_defaults(command=lambda options: run(Caller.of(options), options))
    return parser


def _list_persons(caller: Caller, options: argparse.Namespace) -> int:
    found = list(_persons(caller, options.group))
    if options.json:
        print_json(found)
        return 0
    print_table(("PERSON",), [[person] for person in found])
    return 0


def _persons(caller: Caller, group: str) -> Iterator[str]:
    asked: dict[str, Any] = {"groupId": group, "pageSize": _PAGE}
    while True:
        page = caller.green("GetPersons", asked)
        yield from page["personIds"]
        if not page.get("nextCursor"):
            return
        asked["cursor"] = page["nextCursor"]


def _show(caller: Caller, options: argparse.Namespace) -> int:
    person = caller.green("GetPerson", {"personId": options.id})
    faces = caller.green("GetFaces", {"personId": options.id})["faceImageItems"] if person["faceIds"] else []
    if options.json:
        print_json({name: value for name, value in person.items() if name != "code"} | {"faceImageItems": faces})
        return 0
    print_table(
        ("PERSON", "NAME", "GROUPS", "FACES", "NOTE"),
        [(person["personId"], person["name"] or "-", ", ".join(person["groupIds"]) or "-", len(faces), person["note"])],
    )
    return 0


def _add(caller: Caller, options: argparse.Namespace) -> int:
    given = {"name": options.name, "note": options.note}
    body = {"personId": options.id, "groupIds": options.groups}
    added = caller.green("AddPerson", body | {name: value for name, value in given.items() if value is not None})
    if not options.photos:
        print_json(added) if options.json else print(f"{options.id} is in {', '.join(added['groupIds'])}")
        return 0
    return _add_faces(caller, options)


def _change(caller: Caller, options: argparse.Namespace) -> int:
    given = {name: value for name, value in (("name", options.name), ("note", options.note)) if value is not None}
    if given or not options.photos:
        changed = caller.green("SetPerson", {"personId": options.id, **given})
        if not options.photos:
            print_json(changed) if options.json else print(f"{options.id} is changed")
            return 0
    return _add_faces(caller, options)


def _add_faces(caller: Caller, options: argparse.Namespace) -> int:
    """Enrol the photos; return 1 if one was refused."""
    items = []
    for photo in options.photos:
        body = {"personId": options.id, "urls": [image_value(photo)]}
        items += caller.green("AddFaces", body)["faceImageItems"]
    if options.json:
        print_json(items)
    else:
        pairs = zip(options.photos, items, strict=True)
        print_table(("PHOTO", "FACE", "WHAT"), [(photo, item.get("faceId", "-"), _what(item)) for photo, item in pairs])
    return 0 if all(item["success"] for item in items) else 1


def _what(item: dict[str, Any]) -> str:
    if not item["success"]:
        return f"{item['code']}: {item['msg']}"
    alike = sorted({conflict["personId"] for conflict in item.get("conflicts", ())})
    return f"enrolled; similar to {', '.join(alike)}" if alike else "enrolled"


def _remove(caller: Caller, options: argparse.Namespace) -> int:
    removed = caller.green("DeletePerson", {"personId": options.id})
    print_json(removed) if options.json else print(f"{options.id} is removed, with all its faces")
    return 0


def _list_groups(caller: Caller, options: argparse.Namespace) -> int:
    groups = caller.green("GetGroups", {})["groupIds"]
    if options.json:
        print_json(groups)
        return 0
    print_table(("GROUP",), [[group] for group in groups])
    return 0


def _join(caller: Caller, options: argparse.Namespace) -> int:
    return _told_groups(caller.green("AddGroups", {"personId": options.id, "groupIds": options.groups}), options)


def _leave(caller: Caller, options: argparse.Namespace) -> int:
    return _told_groups(caller.green("DeleteGroups", {"personId": options.id, "groupIds": options.groups}), options)


def _told_groups(data: dict[str, Any], options: argparse.Namespace) -> int:
    print_json(data) if options.json else print(f"{options.id} is in {', '.join(data['groupIds']) or 'no group'}")
    return 0
