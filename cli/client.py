"""`visage client`: the keys of those who may call."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from cli.keys import new_file, write_keys
from cli.target import Target, TargetError, failed_call
from visage.access.clients import CACHE_SECONDS, LIBRARY, Client, ClientStore, UnknownClientError

_UNTIL_READ_AGAIN = f"functions that have just read the key believe it for up to {CACHE_SECONDS // 60} more minutes"


def add_commands(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("client", help="create, list, disable or rotate client keys")
    verbs = group.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, function: Callable[[ClientStore, argparse.Namespace], None], about: str):
        parser = verbs.add_parser(name, parents=[shared], help=about)
        parser.set_defaults(command=lambda options: _run(function, options))
        return parser

    create = verb("create", _create, "make a new client and print its keys")
    create.add_argument("name", help="who it is for; shown by list")
    create.add_argument("--allow", default="*", help="actions it may call, with commas between (default: all)")
    create.add_argument("--library", default="", help="name of the persons that it shares (default: its own)")
    _add_limits(create)
    _add_save(create)
    create.add_argument("--session", type=float, metavar="MINUTES", help="a temporary client with a security token")
    verb("list", _list, "show every client, without secrets")
    verb("disable", _disable, "refuse a client's calls").add_argument("id", help="its AccessKeyId")
    rotate = verb("rotate", _rotate, "give a client a new secret")
    rotate.add_argument("id", help="its AccessKeyId")
    rotate.add_argument(
        "--grace", type=float, default=24, metavar="HOURS", help="how long the present secret still works (default: 24)"
    )
    _add_save(rotate)
    limit = verb("limit", _limit, "bound how often a client may call")
    limit.add_argument("id", help="its AccessKeyId")
    _add_limits(limit)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=_bound(float), metavar="N", help="requests a second of each kind; 0 for any")
    parser.add_argument("--daily", type=_bound(int), metavar="N", help="requests a day; 0 for any (default: "
                        "what the deployment says)")  # fmt: skip


def _bound(kind: type) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not 0 <= (value := kind(text)) < 10**9:
            raise ValueError(text)
        return value

    read.__name__ = "number"  # argparse says: invalid number value
    return read


def _add_save(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--save", type=Path, metavar="FILE", help="put the keys into a new file, not on the screen")


def _run(function: Callable[[ClientStore, argparse.Namespace], None], options: argparse.Namespace) -> int:
    target = Target.of(options)
    try:
        function(target.clients, options)
    except UnknownClientError as error:
        raise TargetError(f"there is no client {error}") from None
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None
    return 0


def _create(store: ClientStore, options: argparse.Namespace) -> None:
    allow = tuple(action.strip() for action in options.allow.split(",") if action.strip())
    if not allow:
        raise TargetError("--allow names no action")
    if options.library and not LIBRARY.fullmatch(options.library):
        raise TargetError("a library's name is a letter or digit, and up to 63 letters, digits, '.', '_' or '-'")
    session = options.session * 60 if options.session is not None else None
    for other in store.all():
        if other.name == options.name and _state(other) == "active":
            print(f"visage: note that {other.id} is called {other.name} as well", file=sys.stderr)
    _hand_over(options.save, lambda: store.create(
        options.name, allow, session, options.library, rate=options.rate, daily=options.daily
    ))  # fmt: skip


def _list(store: ClientStore, options: argparse.Namespace) -> None:
    rows = [("ACCESS KEY ID", "NAME", "STATE", "LIBRARY", "RATE", "DAILY", "ALLOWED")]
    rows += [
        (client.id, client.name, _state(client), client.own_library, *_limits(client), ",".join(client.allow))
        for client in store.all()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _disable(store: ClientStore, options: argparse.Namespace) -> None:
    store.disable(options.id)
    print(f"{options.id} is disabled; {_UNTIL_READ_AGAIN}")


def _limit(store: ClientStore, options: argparse.Namespace) -> None:
    client = store.limit(options.id, options.rate, options.daily)
    rate, daily = _limits(client)
    print(f"{client.id}: {rate} requests a second, {daily} a day; {_UNTIL_READ_AGAIN}")


def _limits(client: Client) -> tuple[str, str]:
    """As they are shown; of a client without some of its own, those of the deployment hold."""
    return tuple("default" if each is None else f"{each:g}" if each else "any" for each in (client.rate, client.daily))


def _rotate(store: ClientStore, options: argparse.Namespace) -> None:
    _hand_over(options.save, lambda: store.rotate(options.id, options.grace * 3600))
    ended = f"works for {options.grace:g} more hours" if options.grace > 0 else f"has ended; {_UNTIL_READ_AGAIN}"
    print(f"the former secret {ended}")


def _hand_over(save: Path | None, make: Callable[[], Client]) -> None:
    """Print a client's new keys, or put them into a file, which must be there before the client is."""
    if save is None:
        _print_keys(make())
        return
    with new_file(save) as file:
        client = make()
        write_keys(file, client)
    print(f"AccessKeyId      {client.id}")
    print(f"saved in         {save}")


def _print_keys(client: Client) -> None:
    print(f"AccessKeyId      {client.id}")
    print(f"AccessKeySecret  {client.secrets[0].value}")
    if client.token is not None:
        print(f"SecurityToken    {client.token}")


def _state(client: Client) -> str:
    if not client.active:
        return "disabled"
    if client.ends is not None:
        return "ended" if client.ends <= time.time() else time.strftime("until %F %R", time.localtime(client.ends))
    return "active"
