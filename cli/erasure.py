"""`visage erase-client` and `visage verify-erasure`: a client's wholesale deletion, and the proof of a person's."""

import argparse
import re
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.replay import LETTERS
from cli.target import Target, TargetError, failed_call
from visage.access import grants, trail
from visage.access.clients import CACHE_SECONDS, Client
from visage.access.trail import Record

if TYPE_CHECKING:
    from cli.wholesale import Part

SETTLED = CACHE_SECONDS + grants.SECONDS
"""Seconds after which no right to upload holds that a disabled client's key was given, and no function runs any more
that believed it when it began."""


def add_commands(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    erase = commands.add_parser(
        "erase-client",
        parents=[shared],
        help="erase a client, its key and all of its library",
        description="Erases a client's library and then its key. It may be interrupted and started again.",
    )
    erase.add_argument("id", help="the client's AccessKeyId")
    erase.add_argument("--dry-run", action="store_true", help="only count what would be erased")
    erase.add_argument("--now", action="store_true", help="do not wait for what is under way; to be run again later")
    erase.set_defaults(command=lambda options: _attempt(_erase, options))
    verify = commands.add_parser(
        "verify-erasure",
        parents=[shared],
        help="look for what is left of a person in every store",
        description="Looks into every store for what is left of a person. Exit status 0 when nothing is, 1 "
        "when something is, 2 when it could not be looked at.",
    )
    verify.add_argument("person", help="the person's id")
    verify.add_argument("--library", help="whose person it was (default: the only one)")
    verify.add_argument("--purge", action="store_true", help="first do at once what the purges do at their times")
    verify.set_defaults(command=lambda options: _attempt(_verify, options))


def _attempt(command: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    try:
        return command(options)
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None


def _verify(options: argparse.Namespace) -> int:
    from cli.evidence import Evidence  # here: the other commands start without the gallery

    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", options.person):
        raise TargetError("a person's id is 1 to 32 letters, digits, '_' or '-'")
    target = Target.of(options)
    target.adopt()
    library = target.library(options.library)
    if options.purge:
        _purge()
    evidence = Evidence(library, options.person, _dead_letters(target))
    remnants = 0
    print(f"{'STORE':<22}{'LOOKED AT':<42}{'FOUND':>6}")
    for store in evidence.stores():
        remnants += store.found
        print(f"{store.name:<22}{store.looked:<42}{store.found:>6}  {store.about}".rstrip())
    for title, lines in (("kept on purpose", evidence.kept), ("not to be looked at", evidence.unseen())):
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
    """0 when nothing is left, 1 when it is to be run again."""
    from cli.wholesale import close, parts

    target = Target.of(options)
    target.adopt()
    client = target.clients.find(options.id, fresh=True)
    library = client.own_library if client else _left_behind(target, options.id)
    sharing = [each.id for each in target.clients.all() if each.own_library == library and each.id != options.id]
    if sharing:
        print(f"the library {library} stays, for others share it: {', '.join(sharing)}")
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
        print("what was under way, and rights to upload, may have left something: run this again in 35 minutes")
        return 1
    close(library)
    _empty(stores)
    left = _show(stores)
    if left:
        return 1
    trail.write(Record(library, who, "EraseClient", request, trail.OK))
    return _erase_key(target, options)


def _left_behind(target: Target, client: str) -> str:
    """The library of its own that a client left whose key is gone. Raises TargetError where there is none."""
    try:
        return target.library(client)
    except TargetError as error:
        raise TargetError(f"there is no client {client}, and {error}") from None


def _erase_key(target: Target, options: argparse.Namespace) -> int:
    if not options.dry_run:
        target.clients.delete(options.id)
        print(f"{options.id} is erased")
    return 0


def _settled(target: Target, client: Client, *, wait: bool) -> bool:
    """Whether nothing can be under way any more, in the end."""
    left = target.clients.changed(client.id) + SETTLED - time.time()
    if left > 0 and wait:
        print(f"waiting {left / 60:.0f} minutes for what is under way and rights to upload; this may be interrupted")
        time.sleep(left)
    return left <= 0 or wait


def _dead_letters(target: Target) -> dict[str, str]:
    return target.queues(letters.queue for letters in LETTERS.values())


def _empty(stores: "Sequence[Part]") -> None:
    for part in stores:
        part.erase([*part.things()])


def _show(stores: "Sequence[Part]") -> int:
    """How much there is, and in which store."""
    counts = {part.name: sum(1 for _thing in part.things()) for part in stores}
    for name, count in counts.items():
        print(f"{name:<22}{count:>8}")
    return sum(counts.values())
