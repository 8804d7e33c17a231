"""`sam build` calls this: leaves, of botocore's addresses of services, those of some: endpoints.py FILE SERVICE...

botocore reads the file at each start of a process. Newer services (s3vectors) are not in it.
"""

import json
import sys
from pathlib import Path


def trimmed(text: str, services: set[str]) -> str:
    """The file's new text."""
    known = json.loads(text)
    for partition in known["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in services}
    changed = {"comment": "Changed by Visage: the addresses of other services are left out.", **known}
    return json.dumps(changed, separators=(",", ":"))


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(trimmed(file.read_text(), set(sys.argv[2:])))
