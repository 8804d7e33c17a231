"""`visage detect`, `liveness` and `search`: describe images and search groups for their faces."""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.deployment.calling import Caller, add_caller_options, image_value
from cli.deployment.target import TargetError
from cli.images import offline
from cli.terminal.progress import Bar
from cli.terminal.tables import add_json_option, print_json, print_table

_SHOWN = ("Wear", "Sunglass", "Has")


def add_commands(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    detect = _command(commands, shared, "detect", "find faces and describe their attributes", _detect)
    detect.add_argument("images", nargs="+", metavar="IMAGE", help="a file, or an address")
    liveness = _command(commands, shared, "liveness", "tell live faces from photographed pictures", _liveness)
    liveness.add_argument("images", nargs="+", metavar="IMAGE", help="a file, or an address")
    for parser in (detect, liveness):
        parser.add_argument("--offline", action="store_true", help="run here on local files, without a server")
    search = _command(commands, shared, "search", "find persons of a group in an image", _search)
    search.add_argument("image", metavar="IMAGE", help="a file, or an address")
    search.add_argument("--group", required=True, help="the group's id")
    search.add_argument("--max-faces", type=int, default=2, metavar="N", help="faces to search, 1 to 10 (default: 2)")


def _command(
    commands: argparse._SubParsersAction,
    shared: argparse.ArgumentParser,
    name: str,
    about: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, parents=[shared], help=about)
    add_caller_options(parser)
    add_json_option(parser)
    parser.set_defaults(command=run)
    return parser


def _detect(options: argparse.Namespace) -> int:
    described = _each(options, _describe_here if options.offline else _described_by(Caller.of(options)))
    if options.json:
        print_json([{"image": name, **answer} for name, answer in described])
        return _status(answer for _, answer in described)
    rows = [
        (_short(name), number, *_face_row(face))
        for name, answer in described
        for number, face in enumerate(answer.get("faces", ()), 1)
    ]
    print_table(("IMAGE", "FACE", "X,Y WxH", "YAW", "PITCH", "BLUR", "SMILE", "HAIR", "WEARS", "OK"), rows)
    return _told(described, lambda answer: not answer["faces"] and "no face")


def _face_row(face: dict[str, Any]) -> tuple[Any, ...]:
    place, quality = face["location"], face["quality"]
    worn = [name for name in ("glasses", "respirator", "hat", "mustache", "bang") if face[name]["value"] in _SHOWN]
    called = {"respirator": "mask", "bang": "fringe"}
    if face["glasses"]["value"] == "Sunglass":
        called["glasses"] = "sunglasses"
    return (
        f"{place['x']},{place['y']} {place['w']}x{place['h']}",
        f"{quality['yaw']:.0f}",
        f"{quality['pitch']:.0f}",
        f"{quality['blur']:.1f}",
        f"{face['smile']['value']:.2f}",
        face["hairstyle"]["value"],
        ", ".join(called.get(name, name) for name in worn) or "-",
        "yes" if face["qualified"] else "no",
    )


def _described_by(caller: Caller) -> Callable[[str], dict[str, Any]]:
    def describe(image: str) -> dict[str, Any]:
        data = caller.green("DetectFace", {"url": image_value(image)})
        return {"extras": data["extras"], "faces": data["faces"]}

    return describe


def _describe_here(image: str) -> dict[str, Any]:
    from visage.api.payloads.detect_face import face_data
    from visage.faces.describe import describe

    picture = offline.open_picture(image)
    faces = [face_data(face, picture) for face in describe(picture.pixels, math.inf)]
    return {"extras": {"width": str(picture.width), "height": str(picture.height)}, "faces": faces}


def _liveness(options: argparse.Namespace) -> int:
    judged = _each(options, _judge_here if options.offline else _judged_by(Caller.of(options)))
    if options.json:
        print_json([{"image": name, **answer} for name, answer in judged])
        return _status(answer for _, answer in judged)
    rows = [
        (_short(name), answer["label"], _suggested(answer), f"{answer['rate']:.2f}")
        for name, answer in judged
        if "error" not in answer
    ]
    print_table(("IMAGE", "LABEL", "SUGGESTION", "RATE"), rows)
    return _told(judged)


def _suggested(answer: Mapping[str, Any]) -> str:
    return f"{answer['suggestion']} ({answer['reason']})" if "reason" in answer else answer["suggestion"]


def _judged_by(caller: Caller) -> Callable[[str], dict[str, Any]]:
    def judge(image: str) -> dict[str, Any]:
        (entry,) = caller.green("ImageSyncScan", {"scenes": ["liveness"], "tasks": [{"url": image_value(image)}]})
        return _only_result(entry)

    return judge


def _judge_here(image: str) -> dict[str, Any]:
    from visage.api.payloads.liveness import recapture_result
    from visage.liveness.silent import look

    judged = look(offline.open_picture(image).pixels)
    return recapture_result(judged.rate, judged.reason)


def _search(options: argparse.Namespace) -> int:
    body = {"groupId": options.group, "maxFaces": options.max_faces, "url": image_value(options.image)}
    (entry,) = Caller.of(options).green("SearchPerson", body)
    result = _only_result(entry)
    if options.json:
        print_json(result)
        return 0
    thresholds = {float(rate): float(score) for rate, score in result["thresholds"].items()}
    rows = [
        (number, person["personId"], person.get("name") or "-", f"{person['rate']:.2f}", _verdict(person, thresholds))
        for number, face in enumerate(result["topPersonData"], 1)
        for person in face["persons"]
    ]
    print_table(("FACE", "PERSON", "NAME", "SCORE", "FALSE MATCH RATE"), rows)
    if not rows:
        print("nobody: the group is empty, or the image shows no face")
    return 0


def _verdict(person: dict[str, Any], thresholds: dict[float, float]) -> str:
    passed = [rate for rate, score in thresholds.items() if person["rate"] >= score]
    return f"below 1 in {round(1 / min(passed)):,}" if passed else "too high: no match"


def _only_result(entry: dict[str, Any]) -> dict[str, Any]:
    """The result of a task. Raises TargetError for a failed one."""
    if entry["code"] != 200:
        raise TargetError(f"{entry['code']}: {entry['msg']}")
    return {name: value for name, value in entry["results"][0].items() if name != "scene"}


def _each(
    options: argparse.Namespace, answer: Callable[[str], dict[str, Any]]
) -> list[tuple[str, dict[str, Any]]]:
    """A result per image, with `error` for a failed one; shows a progress bar for many images."""
    if options.offline:
        offline.prepare()
    return list(_answers(options.images, answer))


def _answers(
    images: Sequence[str], answer: Callable[[str], dict[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    bar = Bar(len(images), "images") if len(images) > 4 and sys.stderr.isatty() else None
    for done, image in enumerate(images, 1):
        try:
            found = answer(image)
        except TargetError as error:
            if len(images) == 1:
                raise
            found = {"error": str(error)}
        yield image, found
        if bar:
            bar.show(done)
    if bar:
        bar.end()


def _told(
    answers: Sequence[tuple[str, dict[str, Any]]], remark: Callable[[dict[str, Any]], Any] = lambda _answer: None
) -> int:
    for name, answer in answers:
        if said := answer.get("error") or remark(answer):
            print(f"{_short(name)}: {said}", file=sys.stderr if "error" in answer else sys.stdout)
    return _status(answer for _, answer in answers)


def _status(answers: Iterator[dict[str, Any]]) -> int:
    return 1 if any("error" in answer for answer in answers) else 0


def _short(name: str) -> str:
    """An image's short name for a table: the last part of a URL."""
    return Path(name).name if len(name) > 30 else name
