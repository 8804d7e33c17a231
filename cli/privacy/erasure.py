"""`visage erase-client` and `visage verify-erasure`: deletes a whole client, and proves a person's erasure."""

import argparse
import re
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.target import Target, TargetError, failed_call
from cli.operations.replay import LETTERS
from visage.access import grants, trail
from visage.access.clients import CACHE_SECONDS, Client
from visage.access.trail import Record

if TYPE_CHECKING:
    from cli.privacy.wholesale import Part

SETTLE_SECONDS = CACHE_SECONDS + grants.SECONDS
"""Seconds after which no upload grant of a disabled client is valid, and no function that accepted its key still
runs."""


def add_commands(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    erase = commands.add_parser(
        "erase-client",
        parents=[shared],
        help="erase a client: its key and its whole library",
        description="Erases a client's library and then its key. It may be interrupted and started again.",
    )
    erase.add_argument("id", help="the client's AccessKeyId")
    erase.add_argument("--dry-run", action="store_true", help="only count what would be erased")
    erase.add_argument("--now", action="store_true", help="do not wait for running requests; run it again later")
    erase.set_defaults(command=lambda options: _attempt(_erase, options))
    verify = commands.add_parser(
        "verify-erasure",
        parents=[shared],
        help="check every store for remnants of a person",
        description="Checks every store for remnants of a person. Exit status 0 when there are none, 1 when there are "
        "some, 2 when a store could not be checked.",
    )
    verify.add_argument("person", help="the person's id")
    verify.add_argument("--library", help="library of the person (default: the only one)")
    verify.add_argument("--purge", action="store_true", help="first run the scheduled purges")
    verify.set_defaults(command=lambda options: _attempt(_verify, options))


def _attempt(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    try:
        return command(options)
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None


def _verify(options: argparse.Namespace) -> int:
    from cli.privacy.evidence import Evidence  # imported here, so that other commands start without the gallery

    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", options.person):
        raise TargetError("a person's id is 1 to 32 letters, digits, '_' or '-'")
    target = Target.of(options)
    target.adopt()
    library = target.library(options.library)
    if options.purge:
        _purge()
    evidence = Evidence(library, options.person, _dead_letters(target))
    remnants = 0
    print(f"{'STORE':<22}{'CHECKED':<42}{'FOUND':>6}")
    for store in evidence.stores():
        remnants += store.found
        print(f"{store.name:<22}{store.checked:<42}{store.found:>6}  {store.about}".rstrip())
    for title, lines in (("kept on purpose", evidence.kept), ("cannot be checked", evidence.unchecked())):
        for line in lines:
            print(f"{title}: {line}")
    print(f"{remnants} remnants of {options.person}" if remnants else f"nothing is left of {options.person}")
    return 1 if remnants else 0


def _purge() -> None:
    from visage.erasure.persons import sweep
    from visage.gallery.upkeep.purge import purge

    purge()
    sweep()


def _erase(options: argparse.Namespace) -> int:
    """Erase a client. 0 when nothing is left, 1 when the command must be run again."""
    from cli.privacy.wholesale import close, parts

    target = Target.of(options)
    target.adopt()
    client = target.clients.find(options.id, fresh=True)
    library = client.own_library if client else _left_behind(target, options.id)
    sharing = [each.id for each in target.clients.all() if each.own_library == library and each.id != options.id]
    if sharing:
        print(f"the library {library} is kept, because other clients share it: {', '.join(sharing)}")
        return _erase_key(target, options)
    stores = parts(library, [options.id], _dead_letters(target))
    if options.dry_run:
        _show(stores)
        return 0
    if client and client.active:
        target.clients.disable(client.id)
    who, request = target.operator(), str(uuid.uuid4())
    trail.write(Record(library, who, "EraseClient", request, trail.BEGUN))
    close(library)
    _empty(stores)
    if client and not _settled(target, client, wait=not options.now):
        print("running requests and upload grants may have left something: run this again in 35 minutes")
        return 1
    close(library)
    _empty(stores)
    left = _show(stores)
    if left:
        return 1
    trail.write(Record(library, who, "EraseClient", request, trail.OK))
    return _erase_key(target, options)


def _left_behind(target: Target, client: str) -> str:
    """The own library of a client whose key is gone. Raises TargetError if there is none."""
    try:
        return target.library(client)
    except TargetError as error:
        raise TargetError(f"no client has the id {client}, and {error}") from None


def _erase_key(target: Target, options: argparse.Namespace) -> int:
    if not options.dry_run:
        target.clients.delete(options.id)
        print(f"{options.id} is erased")
    return 0


def _settled(target: Target, client: Client, *, wait: bool) -> bool:
    """Whether no request or grant of the client can be active any more; with `wait`, after waiting for that."""
    left = target.clients.changed(client.id) + SETTLE_SECONDS - time.time()
    if left > 0 and wait:
        print(f"waiting {left / 60:.0f} minutes for running requests and upload grants; this may be interrupted")
        time.sleep(left)
    return left <= 0 or wait


def _dead_letters(target: Target) -> dict[str, str]:
    return target.queues(letters.queue for letters in LETTERS.values())


def _empty(stores: "Sequence[Part]") -> None:
    for part in stores:
        part.erase([*part.items()])


def _show(stores: "Sequence[Part]") -> int:
    """Print the number of items per store; return their total."""
    counts = {part.name: sum(1 for _item in part.items()) for part in stores}
    for name, count in counts.items():
        print(f"{name:<22}{count:>8}")
    return sum(counts.values())
