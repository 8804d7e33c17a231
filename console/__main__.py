"""`python -m console`: fetches the page's npm parts for `make setup`; with `--output`, writes the bundle for S3."""

import argparse
import sys
from pathlib import Path

from console.bundle import bundle, vendor
from modelkit.errors import BuildError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m console", description=__doc__)
    parser.add_argument("--output", type=Path, metavar="DIR", help="folder for the bundle, to be served at /console")
    options = parser.parse_args()
    try:
        vendor()
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    if options.output:
        for path, asset in bundle("keys").items():
            file = options.output / (path or "index.html")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(asset.content)
        print(f"the console is in {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
