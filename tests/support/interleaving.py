"""AWS calls that are watched, cut off, or interleaved with others."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from visage import aws
from visage.settings import settings

Call = Callable[[], Any]
Handle = Callable[[str, dict[str, Any], Call], Any]
"""Given an AWS operation's name and parameters, and what carries it out; gives its answer."""
Place = tuple[str, str]
"""A row's partition and sort key."""
Row = dict[str, Any]

_carry_out = BaseClient._make_api_call


@contextmanager
def watched(handle: Handle) -> Iterator[None]:
    """Within the block, `handle` performs every AWS call."""
    carry_out = BaseClient._make_api_call

    def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        return handle(operation, parameters, lambda: carry_out(client, operation, parameters))

    with mock.patch.object(BaseClient, "_make_api_call", call):
        yield


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Within the block, threads may share moto, which checks a condition and writes in two steps, unlike DynamoDB."""
    lock = threading.Lock()

    def locked(_operation: str, _parameters: dict[str, Any], call: Call) -> Any:
        with lock:
            return call()

    with watched(locked):
        yield


class Killed(BaseException):
    """The function died here. No `except Exception` catches it, as with a real crash."""


class Kill:
    """Kills whoever makes the nth AWS call, from 0, before or after it takes effect."""

    def __init__(self, number: int, *, after: bool) -> None:
        self._number = number
        self._after = after
        self._made = 0

    def __call__(self, _operation: str, _parameters: dict[str, Any], call: Call) -> Any:
        doomed = self._made == self._number
        self._made += 1
        if doomed and not self._after:
            raise Killed
        try:
            return call()
        finally:
            if doomed:
                raise Killed


class RowByRow:
    """Shows what a transaction wrote as DynamoDB does: one row after the other, here the first of them last.

    Whoever writes to a row that is not visible yet is refused. `pause` is called before each becomes visible.
    """

    def __init__(self, pause: Call) -> None:
        self._pause = pause
        self._before: dict[Place, Row | None] = {}
        """Rows that are not visible yet, as they were."""

    def __call__(self, operation: str, parameters: dict[str, Any], call: Call) -> Any:
        match operation:
            case "TransactWriteItems":
                actions = [action for item in parameters["TransactItems"] for action in item.values()]
                return self._transact([_place(action.get("Item") or action["Key"]) for action in actions], call)
            case "PutItem" | "UpdateItem" | "DeleteItem" if parameters["TableName"] == settings().table:
                if _place(parameters.get("Item") or parameters["Key"]) in self._before:
                    raise ClientError({"Error": {"Code": "TransactionConflictException"}}, operation)
            case "TransactGetItems":
                places = [_place(item["Get"]["Key"]) for item in parameters["TransactItems"]]
                if not self._before.keys().isdisjoint(places):
                    raise _conflict(operation, len(places))
            case "GetItem" if (place := _place(parameters["Key"])) in self._before:
                return {"Item": self._before[place]} if self._before[place] else {}
            case "BatchGetItem":
                ((table, wanted),) = parameters["RequestItems"].items()
                places = {_place(key) for key in wanted["Keys"]}
                return {"Responses": {table: self._visible(call()["Responses"][table], places.__contains__)}}
            case "Query":
                partition = parameters["ExpressionAttributeValues"][":name"]["S"]
                return {"Items": self._visible(call()["Items"], lambda place: place[0] == partition)}
        return call()

    def _transact(self, places: Sequence[Place], call: Call) -> Any:
        if not self._before.keys().isdisjoint(places):
            raise _conflict("TransactWriteItems", len(places))
        before = {place: _read(place) for place in places}
        answer = call()
        self._before |= before
        try:
            for place in reversed(places):
                self._pause()
                del self._before[place]
        finally:
            # A transaction goes on to its end, also when the one who asked for it has died.
            for place in places:
                self._before.pop(place, None)
        return answer

    def _visible(self, rows: Sequence[Row], wanted: Callable[[Place], bool]) -> list[Row]:
        shown = [row for row in rows if _place(row) not in self._before]
        return shown + [row for place, row in self._before.items() if row and wanted(place)]


def _conflict(operation: str, actions: int) -> ClientError:
    reasons = [{"Code": "TransactionConflict"}] * actions
    cancelled = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(cancelled, operation)


def _place(row: Row) -> Place:
    return row["pk"]["S"], row["sk"]["S"]


def _read(place: Place) -> Row | None:
    key = {"pk": {"S": place[0]}, "sk": {"S": place[1]}}
    return _carry_out(aws.client("dynamodb"), "GetItem", {"TableName": settings().table, "Key": key}).get("Item")


class Interleaving:
    """Runs functions side by side, one AWS call at a time, in a chosen order.

    The rows of a transaction become visible one by one.
    """

    def __init__(self, choose: Callable[[int], int | None]) -> None:
        """`choose(n)`: which of n functions about to make a call, from 0, makes it; None kills all."""
        self._choose = choose
        self._rows = RowByRow(self._pause)
        self._reports: queue.Queue[tuple[int, bool]] = queue.Queue()
        self._turns: dict[int, threading.Semaphore] = {}
        self._killed = False

    def run(self, functions: Sequence[Call]) -> list[Any]:
        """Each function's result, or the exception that it raised."""
        results: list[Any] = [None] * len(functions)

        def work(number: int) -> None:
            _thread.number = number
            try:
                results[number] = functions[number]()
            except BaseException as error:
                results[number] = error
            self._reports.put((number, False))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(len(functions))]
        self._turns = {number: threading.Semaphore(0) for number in range(len(functions))}
        with watched(self._handle):
            for thread in threads:
                thread.start()
            waiting = sorted(number for number, waits in (self._reports.get() for _ in threads) if waits)
            try:
                while waiting:
                    chosen = self._choose(len(waiting))
                    if chosen is None:
                        break
                    number = waiting[chosen]
                    self._turns[number].release()
                    _number, waits = self._reports.get()
                    if not waits:
                        waiting.remove(number)
            finally:
                self._killed = True
                for number in waiting:
                    self._turns[number].release()
                for thread in threads:
                    thread.join()
        return results

    def _handle(self, operation: str, parameters: dict[str, Any], call: Call) -> Any:
        self._pause()
        return self._rows(operation, parameters, call)

    def _pause(self) -> None:
        self._reports.put((_thread.number, True))
        self._turns[_thread.number].acquire()
        if self._killed:
            raise Killed


class Switches:
    """For two functions: the last one makes so many calls, the first one so many, and each then goes on to its end.

    Who chooses so for all small numbers has tried every order that changes hands twice.
    """

    def __init__(self, first: int, second: int) -> None:
        self._script = [0] * second + [1] * first  # the next is the last
        self.twice = False
        """Whether hands were changed twice: otherwise, larger numbers give the same order."""

    def __call__(self, waiting: int) -> int:
        if waiting < 2:
            return 0
        if self._script:
            return self._script.pop()
        self.twice = True
        return 1


_thread = threading.local()
"""Which of the interleaved functions a thread runs."""
