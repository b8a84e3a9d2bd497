"""`POST /tasks/{id}/move`."""

from uuid import uuid4

import pytest

from projects.models import Task
from projects.services.board import task_create


@pytest.fixture
def cards(company):
    made = {}
    for column, titles in (("todo", "abc"), ("done", "xy")):
        for title in titles:
            made[title] = task_create(actor=company.actors.owner, project=company.project, title=title, status=column)
    return made


def board():
    found = {}
    for status, position, title in Task.objects.order_by("status", "order_index").values_list(
        "status", "order_index", "title"
    ):
        column = found.setdefault(status, "")
        assert position == len(column) + 1
        found[status] = column + title
    return found


@pytest.mark.parametrize(
    ("who", "body", "expected"),
    [
        ("a", {"status": "done"}, {"todo": "bc", "done": "xya"}),
        ("a", {"status": "done", "before": "x"}, {"todo": "bc", "done": "axy"}),
        ("a", {"status": "done", "after": "x"}, {"todo": "bc", "done": "xay"}),
        ("b", {"status": "review"}, {"todo": "ac", "review": "b", "done": "xy"}),
        ("a", {"after": "c"}, {"todo": "bca", "done": "xy"}),
        ("a", {"after": "b"}, {"todo": "bac", "done": "xy"}),
        ("c", {"before": "a"}, {"todo": "cab", "done": "xy"}),
        ("c", {"status": "todo", "before": "b"}, {"todo": "acb", "done": "xy"}),
        ("a", {"status": "todo"}, {"todo": "bca", "done": "xy"}),
        ("a", {}, {"todo": "bca", "done": "xy"}),
        ("y", {"status": "todo", "before": "a"}, {"todo": "yabc", "done": "x"}),
    ],
)
def test_card_lands_where_it_is_put(company, cards, who, body, expected):
    named = {key: str(cards[value].pk) if key != "status" else value for key, value in body.items()}

    response = company.api.editor.post(f"/api/v1/tasks/{cards[who].pk}/move", named)

    assert response.status_code == 200, response.content
    assert board() == expected
    landed = response.json()["data"]
    assert expected[landed["status"]][landed["order_index"] - 1] == who


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "nowhere"}, "status"),
        ({"before": "b", "after": "c"}, "before"),
        ({"before": "a"}, "before"),
        ({"after": "x"}, "after"),
        ({"status": "done", "after": "b"}, "after"),
        ({"after": None}, "after"),
        ({"order_index": 1}, "order_index"),
    ],
)
def test_move_that_makes_no_sense_is_refused(company, cards, body, field):
    named = {key: str(cards[value].pk) if value in cards else value for key, value in body.items()}

    response = company.api.editor.post(f"/api/v1/tasks/{cards['a'].pk}/move", named)

    assert (response.status_code, list(response.json()["error"]["details"]["fields"])) == (400, [field])
    assert board() == {"todo": "abc", "done": "xy"}


def test_neighbour_that_does_not_exist_is_refused(company, cards):
    response = company.api.editor.post(f"/api/v1/tasks/{cards['a'].pk}/move", {"after": str(uuid4())})

    assert (response.status_code, list(response.json()["error"]["details"]["fields"])) == (400, ["after"])
