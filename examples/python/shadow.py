"""Shadow mode: the same pairs by two services, and where they disagree.

    python shadow.py pairs.csv --there https://cloudauth.aliyuncs.com --there-keys there.json \\
        --here https://HOST --here-keys client.json

`pairs.csv` has two columns, paths of photos. Files of keys hold accessKeyId and accessKeySecret. A service takes a pair
for one person where the score reaches the threshold that came with it, at one false match in 1,000.
"""

import argparse
import base64
import csv
import json
import sys
from pathlib import Path

from aliyunsdkcloudauth.request.v20190307.CompareFacesRequest import CompareFacesRequest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient


class Service:
    """One of the two."""

    def __init__(self, endpoint: str, keys: Path) -> None:
        self._endpoint = endpoint
        given = json.loads(keys.read_text())
        self._client = AcsClient(given["accessKeyId"], given["accessKeySecret"], "cn-hangzhou", timeout=10)

    def compare(self, one: Path, another: Path) -> tuple[str, str]:
        """`same`, `different` or an error's code; and the score."""
        request = CompareFacesRequest()
        request.set_endpoint(self._endpoint)
        request.set_accept_format("JSON")
        request.set_SourceImageType("FacePic")
        request.set_SourceImageValue(_inline(one))
        request.set_TargetImageType("FacePic")
        request.set_TargetImageValue(_inline(another))
        try:
            data = json.loads(self._client.do_action_with_exception(request))["Data"]
        except ServerException as error:
            return error.get_error_code(), ""
        same = data["SimilarityScore"] >= float(json.loads(data["ConfidenceThresholds"])["0.001"])
        return ("same" if same else "different"), f"{data['SimilarityScore']:.2f}"


def _inline(path: Path) -> str:
    return "base64://" + base64.b64encode(path.read_bytes()).decode()


def main() -> int:
    """0 where the services agree on all pairs, 1 where they do not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    for name in ("there", "here"):
        parser.add_argument(f"--{name}", required=True, metavar="ENDPOINT", help="with its scheme")
        parser.add_argument(f"--{name}-keys", required=True, type=Path, metavar="FILE")
    options = parser.parse_args()
    there, here = Service(options.there, options.there_keys), Service(options.here, options.here_keys)
    pairs = agreed = 0
    with options.pairs.open(newline="", encoding="utf-8") as file:
        for one, another in csv.reader(file):
            (verdict, score), (our_verdict, our_score) = (s.compare(Path(one), Path(another)) for s in (there, here))
            pairs, agreed = pairs + 1, agreed + (verdict == our_verdict)
            if verdict != our_verdict:
                print(f"{one} {another}: there {verdict} {score}, here {our_verdict} {our_score}")
    print(f"{agreed} of {pairs} pairs alike")
    return 0 if agreed == pairs else 1


if __name__ == "__main__":
    sys.exit(main())
