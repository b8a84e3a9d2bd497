"""`POST /documents/{id}/move`."""

from uuid import uuid4

import pytest

from projects.models import Document
from projects.services.documents import document_create
from projects.services.projects import project_create, project_update


@pytest.fixture
def chapters(company):
    return {
        title: document_create(actor=company.actors.owner, project=company.project, kind="chapter", title=title)
        for title in "abcd"
    }


def order():
    return "".join(Document.objects.filter(kind="chapter").order_by("order_index").values_list("title", flat=True))


def positions():
    return sorted(Document.objects.filter(kind="chapter").values_list("order_index", flat=True))


def move(client, chapters, who, **where):
    body = {side: str(chapters[title].pk) for side, title in where.items()}
    return client.post(f"/api/v1/documents/{chapters[who].pk}/move", body)


@pytest.mark.parametrize(
    ("who", "where", "expected"),
    [
        ("a", {"after": "d"}, "bcda"),
        ("a", {"before": "d"}, "bcad"),
        ("d", {"before": "a"}, "dabc"),
        ("d", {"after": "a"}, "adbc"),
        ("b", {"after": "c"}, "acbd"),
        ("c", {"before": "b"}, "acbd"),
        ("b", {"after": "a"}, "abcd"),
        ("b", {"before": "c"}, "abcd"),
    ],
)
def test_editor_moves_a_chapter(company, chapters, who, where, expected):
    response = move(company.api.editor, chapters, who, **where)

    assert response.status_code == 200
    assert order() == expected
    assert positions() == [1, 2, 3, 4]
    assert response.json()["data"]["order_index"] == expected.index(who) + 1
    assert response.json()["data"]["version"] == 1


@pytest.mark.parametrize("where", [{}, {"before": "b", "after": "c"}, {"after": "a"}])
def test_neighbours_that_make_no_sense_are_refused(company, chapters, where):
    response = move(company.api.editor, chapters, "a", **where)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "validation_failed")
    assert order() == "abcd"


def test_neighbour_of_another_kind_project_or_nowhere_is_refused(company, chapters):
    note = document_create(actor=company.actors.owner, project=company.project, kind="note", title="n")
    elsewhere = project_create(actor=company.actors.owner, kind="novel", title="Other")
    foreign = document_create(actor=company.actors.owner, project=elsewhere, kind="chapter", title="f")
    url = f"/api/v1/documents/{chapters['a'].pk}/move"

    for anchor in (note.pk, foreign.pk, uuid4()):
        response = company.api.editor.post(url, {"before": str(anchor)})
        assert (response.status_code, list(response.json()["error"]["details"]["fields"])) == (400, ["before"])


def test_viewer_moves_nothing(company, chapters):
    assert move(company.api.viewer, chapters, "a", after="d").status_code == 403
    assert order() == "abcd"


def test_nothing_moves_in_a_cancelled_project(company, chapters):
    project_update(actor=company.actors.owner, project_id=company.project.pk, status="cancelled")

    assert move(company.api.owner, chapters, "a", after="d").status_code == 409
    assert order() == "abcd"
