"""The tasks' rows in the table: one for each task, which holds no image.

    pk       JOBS#<library>          sk       the task's id
    stage    queued, done, forgotten: see `Stage`
    entry    JSON: what the client called the task; once it is done, its result
    body     JSON: what to scan; not there where it is stowed away in the upload bucket (`stowed`)
    runs     how often it was begun
    run      which beginning was the last: at random
    ends     epoch seconds: a queued one that is not done by then is late; a done one can be read no longer
    expires  epoch seconds: when DynamoDB may remove the row
    persons  ids of persons that the result names
    callback, seed, uid              who is told of the result, as long as nobody was
    tries, claimed, claimant         how often that was tried; until when somebody is at it; which try: at random
    result_key                       where the result is to be written in the upload bucket, too
    sequencer                        of the drop whose result it is, where that is no task's
    pending                          the result is there, and what follows from it has not all been done
"""

from collections.abc import Iterator

from visage import table
from visage.table import Key, Row

_FOUND = "pk, sk, result_key, sequencer"


def key(library: str, task_id: str) -> Key:
    return table.key(partition(library), task_id)


def partition(library: str) -> str:
    """Of all tasks of a library."""
    return f"JOBS#{library}"


def naming(library: str, person_id: str) -> Iterator[Row]:
    """Of the tasks whose results name a person: their keys, and what tells where those were written."""
    person = {":person": {"S": person_id}}
    return table.rows_of(partition(library), "contains(persons, :person)", person, _FOUND)


def place(row: Row) -> Key:
    return {"pk": row["pk"], "sk": row["sk"]}


def text(row: Row, name: str) -> str:
    return row[name]["S"] if name in row else ""
