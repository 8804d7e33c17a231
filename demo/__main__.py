"""Starts a stack, calls it as a client's program does, and checks the responses."""

import sys
import tempfile
from functools import partial
from pathlib import Path

from aliyunsdkcore.acs_exception.exceptions import ClientException
from aliyunsdkcore.client import AcsClient

from demo import asynchronous, comparing, drops, erasure, library, liveness, uploads
from demo.portraits import portraits
from demo.slow import explained
from demo.steps import Step, print_table
from local.cloud.client import CloudError
from local.stack import StackError, serve

PARTS = {
    "compare": comparing.steps,
    "search": library.steps,
    "liveness": liveness.steps,
    "asynchronous": asynchronous.steps,
    "upload": uploads.steps,
}
HERE = {"PrivateAddresses": "127.0.0.1"}
"""Allows callbacks to this machine."""


def main() -> int:
    try:
        return _shown()
    except (CloudError, StackError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1


def _shown() -> int:
    folder = portraits()
    done: list[Step] = []
    with tempfile.TemporaryDirectory() as state, serve(port=0, state=Path(state), parameters=HERE) as stack:
        client = AcsClient(stack.client.id, stack.client.secret, "cn-hangzhou", timeout=30)
        operated = {"drop": drops.steps, "erase": erasure.steps}
        parts = {title: partial(part, state=stack.state) for title, part in operated.items()}
        for title, part in {**PARTS, **parts}.items():
            try:
                steps = list(part(client, stack.url, folder))
            except ClientException as error:  # ServerException is a ClientException
                print(f"demo: stopped at {title!r}: {explained(error)}", file=sys.stderr)
                return 1
            print_table(title, steps)
            done += steps
    met = sum(step.good for step in done)
    print(f"demo: {met} of {len(done)} as expected")
    return 0 if met == len(done) else 1


if __name__ == "__main__":
    sys.exit(main())
