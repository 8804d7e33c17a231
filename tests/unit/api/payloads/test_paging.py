"""Pages of a group's persons, by number and by cursor."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.api.payloads.paging import Page
from visage.errors import Reason, VisageError


@dataclass
class Group:
    """A group in memory."""

    ids: set[str]

    @property
    def total(self):
        return len(self.ids)

    def persons(self, after, count):
        return sorted(person for person in self.ids if after is None or person > after)[:count]

    def persons_page(self, page, size):
        return sorted(self.ids)[(page - 1) * size : page * size]


SEVEN = Group({f"p{n}" for n in range(7)})


def test_the_first_twenty_by_default():
    group = Group({f"p{n:02}" for n in range(25)})
    data = Page.of({}).data(group)
    assert data["personIds"] == [f"p{n:02}" for n in range(20)]
    assert (data["code"], data["currentPage"], data["pageSize"], data["totalCount"]) == (200, 1, 20, 25)


@pytest.mark.parametrize(("number", "ids"), [(1, ["p0", "p1", "p2"]), (3, ["p6"]), (4, []), (10**9, [])])
def test_a_page_by_number(number, ids):
    data = Page.of({"currentPage": number, "pageSize": 3}).data(SEVEN)
    assert (data["personIds"], data["currentPage"], data["totalCount"]) == (ids, number, 7)


@pytest.mark.parametrize(
    "body",
    [
        {"currentPage": 0},
        {"pageSize": 0},
        {"pageSize": 101},
        {"cursor": "!"},
        {"cursor": 1},
        {"cursor": "_w"},  # no ASCII
        {"cursor": "A"},
        {"cursor": "YSBi"},  # no id
        {"cursor": "x" * 100},
    ],
)
def test_an_invalid_page_is_refused(body):
    with pytest.raises(VisageError) as error:
        Page.of(body)
    assert error.value.reason is Reason.FIELD_INVALID


def test_there_is_no_cursor_after_the_last_person():
    assert Page.of({"pageSize": 7}).data(SEVEN)["nextCursor"] == ""
    assert Page.of({"pageSize": 6}).data(SEVEN)["nextCursor"] != ""
    assert Page.of({}).data(Group(set()))["nextCursor"] == ""


@pytest.mark.slow
@given(
    st.sets(st.from_regex(r"\A[A-Za-z0-9_-]{1,32}\Z"), max_size=20),
    st.sets(st.from_regex(r"\A[A-Za-z0-9_-]{1,32}\Z"), max_size=20),
    st.integers(1, 7),
    st.data(),
)
def test_paging_by_cursor_gives_every_remaining_person_exactly_once(staying, fleeting, size, data):
    group, seen, cursor, calls = Group(staying | fleeting), [], "", 0
    while calls == 0 or cursor:
        answer = Page.of({"pageSize": size, "cursor": cursor}).data(group)
        assert answer["totalCount"] == len(group.ids)
        seen += answer["personIds"]
        cursor, calls = answer["nextCursor"], calls + 1
        group.ids = staying | data.draw(st.sets(st.sampled_from(sorted(fleeting)))) if fleeting else staying
    assert len(seen) == len(set(seen))
    assert staying <= set(seen) <= staying | fleeting
