"""`visage compare`: compares the faces in two images."""

import argparse
import json
from typing import Any

from cli.deployment.calling import Caller, add_caller_options, image_value
from cli.deployment.target import TargetError
from cli.images import offline
from cli.terminal.tables import add_json_option, print_json

_TYPES = ("FacePic", "IDPic")


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser("compare", parents=[shared], help="compare the faces in two images")
    parser.add_argument("source", help="a file, or an address that starts with http:, https:, oss: or base64:")
    parser.add_argument("target", help="the same")
    parser.add_argument("--source-type", choices=_TYPES, default="FacePic", help="default: FacePic")
    parser.add_argument("--target-type", choices=_TYPES, default="FacePic", help="IDPic for an ID card's chip portrait")
    parser.add_argument("--offline", action="store_true", help="run here on local files, without a server")
    add_caller_options(parser)
    add_json_option(parser)
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    data = _compare_here(options) if options.offline else _call(options)
    if options.json:
        print_json(data)
        return 0
    score, thresholds = data["SimilarityScore"], data["ConfidenceThresholds"]
    print(f"similarity {score:.2f} of 100")
    for rate, threshold in sorted(thresholds.items(), key=lambda item: float(item[1])):
        verdict = "same person" if score >= float(threshold) else "not the same person"
        print(f"  at {threshold:>6}, FMR 1 in {round(1 / float(rate)):,}: {verdict}")
    return 0


def _call(options: argparse.Namespace) -> dict[str, Any]:
    caller = Caller.of(options)
    pair = {
        "SourceImageType": options.source_type,
        "SourceImageValue": image_value(options.source),
        "TargetImageType": options.target_type,
        "TargetImageValue": image_value(options.target),
    }
    data = caller.rpc("CompareFaces", pair)["Data"]
    return {**data, "ConfidenceThresholds": json.loads(data["ConfidenceThresholds"])}


def _compare_here(options: argparse.Namespace) -> dict[str, Any]:
    offline.prepare()
    from visage.api.payloads.compare_faces import comparison_data, image_types
    from visage.errors import VisageError
    from visage.faces.recognition.compare import compare

    pair = [offline.open_picture(path).pixels for path in (options.source, options.target)]
    try:
        types = image_types({"SourceImageType": options.source_type, "TargetImageType": options.target_type})
        data = comparison_data(compare(*pair, types))
    except VisageError as error:
        raise TargetError(error.detail or "At least one of the two images must be a FacePic.") from None
    return {**data, "ConfidenceThresholds": json.loads(data["ConfidenceThresholds"])}
