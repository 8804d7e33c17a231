"""`visage console`: uploads this version's page to the deployment's bucket, from which CloudFront serves it."""

import argparse
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.target import Target, TargetError, failed_call

PREFIX = "console/"


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "console",
        parents=[shared],
        help="upload the console to the deployment",
        description="Uploads the console to the bucket of a deployment with the parameter Console=true.",
    )
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    from console.bundle import vendor  # imported here: the other commands need no page
    from modelkit.errors import BuildError

    target = Target.of(options)
    if target.local is not None:
        raise TargetError(f"a local stack serves the console by itself: {target.local['url']}/console")
    try:
        vendor()
        bucket = target.resource("ConsoleBucket")
        count = publish(target.client("s3"), bucket)
    except BuildError as error:
        raise TargetError(str(error)) from None
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None
    print(f"{count} files are in {bucket}: open /console at the deployment's Endpoint")
    return 0


def publish(s3: Any, bucket: str) -> int:
    """Upload the files, the page last because it needs the others; then remove files that no version needs."""
    from console.bundle import bundle

    files = bundle("keys")
    page = files.pop("")
    named = {f"{PREFIX}{path}": asset for path, asset in files.items()} | {f"{PREFIX}index.html": page}
    for key, asset in named.items():
        s3.put_object(Bucket=bucket, Key=key, Body=asset.content, ContentType=asset.type, CacheControl=asset.cache)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    former = [each["Key"] for found in pages for each in found.get("Contents", ()) if each["Key"] not in named]
    for key in former:
        s3.delete_object(Bucket=bucket, Key=key)
    return len(named)
