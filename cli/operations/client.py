"""`visage client`: manages client keys."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.keys import new_file, write_keys
from cli.deployment.target import Target, TargetError, failed_call
from visage.access.clients import CACHE_SECONDS, LIBRARY, Client, ClientStore, UnknownClientError

_CACHE_NOTE = f"functions that have just read the key accept it for up to {CACHE_SECONDS // 60} more minutes"


def add_commands(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    group = commands.add_parser("client", help="create, list, disable, rotate or limit client keys")
    verbs = group.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, function: Callable[[ClientStore, argparse.Namespace], None], description: str):
        parser = verbs.add_parser(name, parents=[shared], help=description)
        parser.set_defaults(command=lambda options: _run(function, options))
        return parser

    create = verb("create", _create, "create a client and print its keys")
    create.add_argument("name", help="a name for the client, shown by `list`")
    create.add_argument("--allow", default="*", help="comma-separated actions that it may call (default: all but "
                        "ManageClients, which makes it an operator's key)")  # fmt: skip
    create.add_argument("--library", default="", help="library to share with other clients (default: its own)")
    _add_limits(create)
    _add_save(create)
    create.add_argument("--session", type=float, metavar="MINUTES", help="make it temporary, with a security token")
    verb("list", _list, "list all clients, without secrets")
    verb("disable", _disable, "refuse a client's calls").add_argument("id", help="the client's AccessKeyId")
    rotate = verb("rotate", _rotate, "give a client a new secret")
    rotate.add_argument("id", help="the client's AccessKeyId")
    rotate.add_argument(
        "--grace", type=float, default=24, metavar="HOURS", help="how long the current secret still works (default: 24)"
    )
    _add_save(rotate)
    limit = verb("limit", _limit, "limit how often a client may call")
    limit.add_argument("id", help="the client's AccessKeyId")
    _add_limits(limit)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=_number(float), metavar="N", help="requests per second and kind; 0: unlimited")
    parser.add_argument("--daily", type=_number(int), metavar="N", help="requests per day; 0: unlimited (default: "
                        "the deployment's limit)")  # fmt: skip


def _number(kind: type) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not 0 <= (value := kind(text)) < 10**9:
            raise ValueError(text)
        return value

    read.__name__ = "number"  # argparse says: invalid number value
    return read


def _add_save(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the keys to a new file instead of the screen")


def _run(function: Callable[[ClientStore, argparse.Namespace], None], options: argparse.Namespace) -> int:
    target = Target.of(options)
    try:
        function(target.clients, options)
    except UnknownClientError as error:
        raise TargetError(f"no client has the id {error}") from None
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None
    return 0


def _create(store: ClientStore, options: argparse.Namespace) -> None:
    allow = tuple(action.strip() for action in options.allow.split(",") if action.strip())
    if not allow:
        raise TargetError("--allow lists no action")
    if options.library and not LIBRARY.fullmatch(options.library):
        raise TargetError("a library's name is a letter or digit, then up to 63 letters, digits, '.', '_' or '-'")
    session = options.session * 60 if options.session is not None else None
    for other in store.all():
        if other.name == options.name and _state(other) == "active":
            print(f"visage: note: the client {other.id} also has the name {other.name}", file=sys.stderr)
    _hand_over(options.save, lambda: store.create(
        options.name, allow, session, options.library, rate=options.rate, daily=options.daily
    ))  # fmt: skip


def _list(store: ClientStore, options: argparse.Namespace) -> None:
    rows = [("ACCESS KEY ID", "NAME", "STATE", "LIBRARY", "RATE", "DAILY", "ALLOWED", "IN LOGS")]
    rows += [
        (client.id, client.name, _state(client), client.own_library, *_limits(client), ",".join(client.allow),
         client.pseudonym)
        for client in store.all()
    ]  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _disable(store: ClientStore, options: argparse.Namespace) -> None:
    store.disable(options.id)
    print(f"{options.id} is disabled; {_CACHE_NOTE}")


def _limit(store: ClientStore, options: argparse.Namespace) -> None:
    client = store.limit(options.id, options.rate, options.daily)
    rate, daily = _limits(client)
    print(f"{client.id}: {rate} requests per second, {daily} per day; {_CACHE_NOTE}")


def _limits(client: Client) -> tuple[str, str]:
    """Rate and daily limit for display."""
    limits = client.rate, client.daily
    return tuple("default" if limit is None else f"{limit:g}" if limit else "unlimited" for limit in limits)


def _rotate(store: ClientStore, options: argparse.Namespace) -> None:
    _hand_over(options.save, lambda: store.rotate(options.id, options.grace * 3600))
    ended = f"works for {options.grace:g} more hours" if options.grace > 0 else f"no longer works; {_CACHE_NOTE}"
    print(f"the previous secret {ended}")


def _hand_over(save: Path | None, make: Callable[[], Client]) -> None:
    """Create a client's keys and print them, or write them to a file, which must exist before the client does."""
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
