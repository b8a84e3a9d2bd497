"""Pages by keyset: every row once, in order, whatever its values, whatever happens in between."""

from base64 import urlsafe_b64encode

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from config.kernel.api.pagination import CursorPage
from config.kernel.errors import ValidationFailed
from projects.models import Project


class View:
    ordering_fields = ("title", "version", "created_at", "deleted_at", "id")


def page(queryset=None, **query):
    """One page of projects, as a view would answer it."""
    pager = CursorPage()
    request = Request(APIRequestFactory().get("/api/v1/things", query))
    rows = pager.paginate_queryset(Project.objects.all() if queryset is None else queryset, request, View())
    return pager.page([row["id"] if isinstance(row, dict) else row.id for row in rows])


def walk(direction, cursor=None, **query):
    """All ids met on the way in one direction; the pages are turned round when walking back."""
    pages = []
    while True:
        found = page(**query, **({"cursor": cursor} if cursor else {}))
        pages.append(found["results"])
        cursor = found[direction]
        if cursor is None:
            return pages


def ids(pages):
    return [row_id for one in pages for row_id in one]


@pytest.fixture
def shelf(in_acme):
    """`shelf(count, **values)`: so many projects with the same values."""

    def fill(count, **values):
        return Project.objects.bulk_create(
            [Project(kind="novel", **{"title": "Same", **values}) for _number in range(count)]
        )

    return fill


@pytest.mark.parametrize("ordering", ["title", "-title", "-id", "id"])
def test_rows_that_share_a_value_appear_once(shelf, ordering):
    rows = sorted((row.id for row in shelf(1500)), reverse=ordering.startswith("-"))
    assert ids(walk("next", ordering=ordering, page_size=200)) == rows


@pytest.mark.parametrize("ordering", ["title", "-title", "-deleted_at", "deleted_at"])
def test_way_back_meets_the_same_pages(shelf, ordering):
    shelf(40)
    shelf(40, title="Other", deleted_at="2026-01-01T00:00:00Z")
    there = walk("next", ordering=ordering, page_size=7)
    cursor = None
    for _number in range(len(there) - 1):
        cursor = page(ordering=ordering, page_size=7, **({"cursor": cursor} if cursor else {}))["next"]
    end = page(ordering=ordering, page_size=7, cursor=cursor)
    back = walk("previous", ordering=ordering, page_size=7, cursor=end["previous"])
    assert [end["results"], *back][::-1] == there


@pytest.mark.parametrize("ordering", ["deleted_at", "-deleted_at"])
def test_null_values_keep_their_place(shelf, ordering):
    shelf(25)
    shelf(25, deleted_at="2026-01-01T00:00:00.000001Z")
    shelf(25, deleted_at="2026-01-01T00:00:00.000002Z")
    order = [ordering, "-id" if ordering.startswith("-") else "id"]
    expected = list(Project.objects.order_by(*order).values_list("id", flat=True))
    assert ids(walk("next", ordering=ordering, page_size=10)) == expected


def test_rows_added_in_between_neither_repeat_nor_hide_others(shelf):
    rows = [row.id for row in shelf(60)]
    first = page(page_size=20)
    shelf(30)
    second = page(page_size=20, cursor=first["next"])
    assert first["results"] + second["results"] == rows[::-1][:40]


def test_row_removed_in_between_does_not_lose_the_place(shelf):
    rows = [row.id for row in shelf(30)]
    first = page(page_size=10)
    Project.objects.filter(id=first["results"][-1]).delete()
    assert page(page_size=10, cursor=first["next"])["results"] == rows[::-1][10:20]


def test_page_of_values_pages_like_one_of_objects(shelf):
    rows = [row.id for row in shelf(30)]
    values = Project.objects.values("id", "title")
    first = page(values, ordering="title", page_size=20)
    assert first["results"] + page(values, ordering="title", page_size=20, cursor=first["next"])["results"] == rows


def test_ends_have_no_neighbours(shelf):
    assert page() == {"results": [], "next": None, "previous": None}
    shelf(3)
    assert page(page_size=3)["next"] is None
    first = page(page_size=2)
    assert first["previous"] is None
    second = page(page_size=2, cursor=first["next"])
    assert second["next"] is None
    assert page(page_size=2, cursor=second["previous"]) == first


def test_page_costs_one_statement(shelf):
    shelf(100)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        page(page_size=50)
    assert len(seen) == 1


def cursor_of(value):
    return urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


ID = "0191e5a0-1111-7222-8333-944455556666"
FORGED = {
    "garbage": "garbage",
    "not base64": "%%%",
    "not ASCII": "é",
    "not JSON": urlsafe_b64encode(b"{").decode(),
    "a number": cursor_of(1),
    "an object": cursor_of({"a": 1}),
    "too short": cursor_of(["-id", False]),
    "too long": cursor_of(["-id", False, None, ID, 1]),
    "id of another form": cursor_of(["-id", False, None, "1"]),
    "id is null": cursor_of(["-id", False, None, None]),
    "id is a list": cursor_of(["-id", False, None, [ID]]),
    "direction is a text": cursor_of(["-id", "no", None, ID]),
    "ordering is a list": cursor_of([["-id"], False, None, ID]),
    "another ordering": cursor_of(["title", False, "a", ID]),
    "endless": "A" * 100_000,
}
FORGED_VALUES = {
    "version": ["x", [1], {"a": 1}, "1" * 5000],
    "created_at": ["x", 5, [1], True, "9999999-01-01"],
    "title": ["\x00", ["a"], {"a": 1}],
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_cursor_is_refused(in_acme, name):
    with pytest.raises(ValidationFailed) as caught:
        page(cursor=FORGED[name])
    assert set(caught.value.details["fields"]) == {"cursor"}


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in FORGED_VALUES.items() for value in values]
)
def test_cursor_with_a_forged_value_is_refused(in_acme, column, value):
    with pytest.raises(ValidationFailed) as caught:
        page(ordering=column, cursor=cursor_of([column, False, value, ID]))
    assert set(caught.value.details["fields"]) == {"cursor"}


@pytest.mark.parametrize("size", ["0", "201", "-1", "x", "1.5", "²", "٣", "1" * 5000, "", " 5"])
def test_page_size_out_of_range_is_refused(in_acme, size):
    with pytest.raises(ValidationFailed) as caught:
        page(page_size=size)
    assert "1 to 200" in caught.value.details["fields"]["page_size"][0]


@pytest.mark.parametrize("ordering", ["brief", "--title", "title,version", "title__x", "?", "created_by__password"])
def test_ordering_by_what_is_not_offered_is_refused(in_acme, ordering):
    with pytest.raises(ValidationFailed) as caught:
        page(ordering=ordering)
    assert "created_at" in caught.value.details["fields"]["ordering"][0]
