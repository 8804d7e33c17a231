"""`visage compare`: compares two photos through a running deployment, with a signed request."""

import argparse
import base64
import json
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

from cli.keys import read_keys
from cli.signing import signature_parameters
from cli.target import Target, TargetError


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser("compare", parents=[shared], help="compare the faces of two images")
    parser.add_argument("source", help="a file, or a URL with http:, https:, oss: or base64:")
    parser.add_argument("target", help="the same")
    parser.add_argument("--endpoint", help="base URL, such as https://d111.cloudfront.net (default: the stack's own)")
    parser.add_argument(
        "--client", type=Path, metavar="FILE",
        help="keys written by `visage client create --save FILE` (default with --local: STATE/client.json)",
    )  # fmt: skip
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    if options.local is None and options.client is None:
        raise TargetError("--client FILE is required; `visage client create NAME --save FILE` writes such a file")
    keys = read_keys(options.client or options.local / "client.json")
    pair = {
        "SourceImageType": "FacePic",
        "SourceImageValue": _image_value(options.source),
        "TargetImageType": "FacePic",
        "TargetImageValue": _image_value(options.target),
    }
    answer = _call(options.endpoint or _endpoint(Target.of(options)), "CompareFaces", pair, keys)
    if not answer.get("Success"):
        raise TargetError(f"{answer.get('Code')}: {answer.get('Message')} {answer.get('Detail', '')}".rstrip())
    score, thresholds = answer["Data"]["SimilarityScore"], json.loads(answer["Data"]["ConfidenceThresholds"])
    print(f"similarity {score:.2f} of 100")
    for rate, threshold in sorted(thresholds.items(), key=lambda item: float(item[1])):
        verdict = "same person" if score >= float(threshold) else "not the same person"
        print(f"  at {threshold:>6}, FMR 1 in {round(1 / float(rate)):,}: {verdict}")
    return 0


def _endpoint(target: Target) -> str:
    host = target.output("Endpoint")
    return host if target.local is not None else f"https://{host}"


def _call(endpoint: str, action: str, business: dict[str, str], keys: dict[str, str]) -> dict:
    """Call an action. Raises TargetError when the endpoint does not respond in our format."""
    query = {"Action": action, "Version": "2019-03-07", "Format": "JSON"}
    if "securityToken" in keys:
        query["SecurityToken"] = keys["securityToken"]
    parameters = [*query.items(), *business.items()]
    query |= signature_parameters("POST", parameters, keys["accessKeyId"], keys["accessKeySecret"])
    address = f"{endpoint.rstrip('/')}/?{urlencode(query)}"
    try:
        with urllib.request.urlopen(address, data=urlencode(business).encode(), timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        try:
            return json.load(error)
        except ValueError:
            raise TargetError(f"{endpoint} answered {error.code}, not in the API's format") from None
    except (OSError, ValueError) as error:
        raise TargetError(f"{endpoint} does not respond: {error}") from None


def _image_value(text: str) -> str:
    if text.startswith(("http://", "https://", "oss://", "base64://")):
        return text
    try:
        return "base64://" + base64.b64encode(Path(text).read_bytes()).decode()
    except OSError as error:
        raise TargetError(f"cannot read {text}: {error.strerror}") from None

