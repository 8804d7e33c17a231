"""The rows of tasks in the table, one per task; none contains an image.

    pk       JOBS#<library>          sk       the task's id
    stage    queued, done, forgotten: see `Stage`
    entry    JSON: the client's names for the task; once it is done, its result
    body     JSON: what to scan; absent if it is stored in the upload bucket (`stowed`)
    runs     number of times it was begun
    run      random id of the last run
    ends     epoch seconds: deadline of a queued task; when the result of a done task expires
    expires  epoch seconds: when DynamoDB may remove the row
    persons  ids of persons named in the result
    callback, seed, uid              the callback, until it is delivered
    tries, claimed, claimant         attempts to deliver it; end of the current claim; random id of the claim
    result_key                       where the result is also written in the upload bucket
    sequencer                        of the dropped object whose result this is, if it belongs to no task
    pending                          the result is stored, but its follow-up is not complete
"""

from collections.abc import Iterator

from visage import table
from visage.table import Key, Row

_FOUND = "pk, sk, result_key, sequencer"


def key(library: str, task_id: str) -> Key:
    return table.key(partition(library), task_id)


def partition(library: str) -> str:
    """The partition of all tasks of a library."""
    return f"JOBS#{library}"


def tasks_naming(library: str, person_id: str) -> Iterator[Row]:
    """The tasks whose results name a person: keys, and where their results were written."""
    person = {":person": {"S": person_id}}
    return table.rows_of(partition(library), "contains(persons, :person)", person, _FOUND)


def key_of(row: Row) -> Key:
    return {"pk": row["pk"], "sk": row["sk"]}


def text(row: Row, name: str) -> str:
    return row[name]["S"] if name in row else ""
