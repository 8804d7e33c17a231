"""`visage purge`: deletes unused persons. `visage audit`: shows who did what, to whom and when."""

import argparse
import math
import re
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.target import Target, TargetError, failed_call
from visage.access import trail
from visage.settings import settings

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def add_commands(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    purge = commands.add_parser("purge", parents=[shared], help="delete persons that have been unused for a long time")
    purge.add_argument("--days", type=int, help="days without use (default: the deployment's setting)")
    purge.add_argument("--dry-run", action="store_true", help="only list the persons")
    purge.set_defaults(command=lambda options: _attempt(_purge, options))
    audit = commands.add_parser("audit", parents=[shared], help="show who did what, to whom and when")
    audit.add_argument("--since", default="1d", metavar="TIME", help="90m, 12h, 7d, or 2026-11-20 (default: 1d)")
    audit.add_argument("--library", help="only this library, see `visage client list`")
    audit.add_argument("--person", help="only records with this person")
    audit.set_defaults(command=lambda options: _attempt(_audit, options))


def _attempt(command: Callable[[Target, argparse.Namespace], int], options: argparse.Namespace) -> int:
    target = Target.of(options)
    target.adopt()
    try:
        return command(target, options)
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None


def _purge(target: Target, options: argparse.Namespace) -> int:
    from visage.erasure.retention import purge_unused, unused  # imported here for a fast start

    days = settings().unused_days if options.days is None else options.days
    if days < 1:
        raise TargetError("this deployment purges nobody; set --days")
    if not options.dry_run:
        print(f"{purge_unused(days, str(uuid.uuid4()), math.inf, target.operator())} purged")
        return 0
    counts = Counter[str]()
    for person in unused(days):
        counts[person.library] += 1
        print(f"{person.library}  {person.person_id}  last used on {person.last_use}")
    print(f"{counts.total()} unused for {days} days would be purged")
    return 0


def _audit(target: Target, options: argparse.Namespace) -> int:
    records = sorted(trail.read(options.library, _since(options.since)), key=lambda each: each.time)
    if options.library is not None and not records:
        target.library(options.library)  # an erased library has records, an unknown one none
    for each in records:
        if options.person is None or options.person in each.ids.get("persons", ()):
            ids = " ".join(f"{kind}={','.join(sorted(names))}" for kind, names in sorted(each.ids.items()))
            line = (f"{each.time:%F %T}", each.library, each.who, each.operation, each.outcome, each.request, ids)
            print("  ".join(line).rstrip())
    return 0


def _since(text: str) -> datetime:
    if match := re.fullmatch(r"(\d{1,6})([mhd])", text):
        return datetime.now(UTC) - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise TargetError("--since is a span such as 90m, 12h or 7d, or a day such as 2026-11-20") from None
