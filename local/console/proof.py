"""`python -m local.console.proof STATE PERSON LIBRARY`: what is left of a deleted person, as JSON.

A process of its own, as `visage verify-erasure` is: it takes on the deployment's settings.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from cli.deployment.target import Target
from cli.operations.replay import LETTERS
from cli.privacy.evidence import Evidence
from visage.erasure.persons import sweep
from visage.gallery.upkeep.purge import purge


def main() -> int:
    state, person, library = sys.argv[1:]
    target = Target.of(argparse.Namespace(stack="visage", local=Path(state)))
    target.adopt()
    purge()  # what else the purges do at their times
    sweep()
    evidence = Evidence(library, person, target.queues(letters.queue for letters in LETTERS.values()))
    stores = [asdict(store) for store in evidence.stores()]
    remnants = sum(store["found"] for store in stores)
    proof = {"remnants": remnants, "stores": stores, "kept": evidence.kept, "unchecked": evidence.unchecked()}
    print(json.dumps(proof))
    return 0


if __name__ == "__main__":
    sys.exit(main())
