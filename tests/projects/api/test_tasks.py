"""`/projects/{id}/tasks` and `/tasks/{id}`."""

from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context

from config.kernel.context import SYSTEM
from projects.models import Task
from projects.services.board import task_create
from projects.services.documents import document_create, document_delete
from projects.services.projects import project_create, project_update


@pytest.fixture
def url(company):
    return f"/api/v1/projects/{company.project.pk}/tasks"


@pytest.fixture
def task(company):
    return task_create(actor=company.actors.owner, project=company.project, title="Write one")


def code(response):
    return response.status_code, response.json()["error"]["code"]


def test_editor_adds_a_card_with_everything(company, url):
    document = document_create(actor=SYSTEM, project=company.project, kind="chapter", title="One")
    body = {
        "title": "Read it",
        "description": "Twice.\nAloud.",
        "status": "review",
        "assignee": str(company.actors.viewer.user_id),
        "document": str(document.pk),
        "due_at": "2030-01-02T03:04:05Z",
    }

    response = company.api.editor.post(url, body)

    assert response.status_code == 201
    data = response.json()["data"]
    assert {name: data[name] for name in body} == body
    assert (data["order_index"], data["version"], data["agent"]) == (1, 1, None)
    assert data["abilities"] == {"view": True, "edit": True, "delete": True}
    assert company.api.viewer.get(response["Location"]).json()["data"]["id"] == data["id"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": 5}, "title"),
        ({"title": "x", "status": "later"}, "status"),
        ({"title": "x", "agent": "poet"}, "agent"),
        ({"title": "x", "assignee": "me"}, "assignee"),
        ({"title": "x", "assignee": str(uuid4())}, "assignee"),
        ({"title": "x", "document": str(uuid4())}, "document"),
        ({"title": "x", "due_at": "tomorrow"}, "due_at"),
        ({"title": "x", "order_index": 3}, "order_index"),
        ({"title": "x", "description": "d" * 20_001}, "description"),
        ({"title": "x", "created_by": "me"}, "created_by"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_written(company, url, body, field):
    response = company.api.owner.post(url, body)

    assert response.status_code == 400, response.content
    assert list(response.json()["error"]["details"]["fields"]) == [field]
    assert not Task.objects.exists()


def test_card_belongs_to_a_person_or_an_agent(company, url):
    body = {"title": "x", "assignee": str(company.actors.owner.user_id), "agent": "writer"}

    assert list(company.api.owner.post(url, body).json()["error"]["details"]["fields"]) == ["agent"]


def test_stranger_is_no_assignee(company, url, task):
    response = company.api.owner.patch(f"/api/v1/tasks/{task.pk}", {"assignee": str(company.actors.stranger.user_id)})

    assert (response.status_code, list(response.json()["error"]["details"]["fields"])) == (400, ["assignee"])


def test_changes_touch_what_is_given_and_null_empties(company, task):
    address = f"/api/v1/tasks/{task.pk}"

    first = company.api.editor.patch(address, {"agent": "writer", "description": "d"}).json()["data"]
    assert (first["agent"], first["description"], first["title"], first["version"]) == ("writer", "d", "Write one", 2)
    second = company.api.editor.patch(address, {"agent": None}).json()["data"]
    assert (second["agent"], second["description"], second["version"]) == (None, "d", 3)
    assert company.api.editor.patch(address, {"agent": None}).json()["data"]["version"] == 3


def test_status_moves_to_the_end_of_the_column(company, task):
    task_create(actor=SYSTEM, project=company.project, title="There before", status="done")

    data = company.api.editor.patch(f"/api/v1/tasks/{task.pk}", {"status": "done"}).json()["data"]

    assert (data["status"], data["order_index"]) == ("done", 2)


def test_if_match_is_honoured_when_given(company, task):
    address = f"/api/v1/tasks/{task.pk}"
    tag = company.api.owner.get(address)["ETag"]
    company.api.editor.patch(address, {"title": "Theirs"}, HTTP_IF_MATCH=tag)

    assert code(company.api.owner.patch(address, {"title": "Mine"}, HTTP_IF_MATCH=tag)) == (412, "version_conflict")
    assert code(company.api.owner.delete(address, HTTP_IF_MATCH=tag)) == (412, "version_conflict")
    task.refresh_from_db()
    assert task.title == "Theirs"


def test_deleting_closes_the_gap(company, url, task):
    for title in ("two", "three"):
        company.api.editor.post(url, {"title": title})

    assert company.api.editor.delete(f"/api/v1/tasks/{task.pk}").status_code == 204

    assert list(Task.objects.order_by("order_index").values_list("order_index", "title")) == [(1, "two"), (2, "three")]


def test_deleted_document_is_no_longer_linked(company, url):
    document = document_create(actor=SYSTEM, project=company.project, kind="chapter", title="One")
    created = company.api.owner.post(url, {"title": "x", "document": str(document.pk)}).json()["data"]
    document_delete(actor=SYSTEM, document_id=document.pk, expected_version=1)

    assert company.api.owner.get(f"/api/v1/tasks/{created['id']}").json()["data"]["document"] is None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("status=todo", ["Write one", "two"]),
        ("agent=writer", ["two"]),
        ("search=ONE", ["Write one"]),
        ("ordering=-title", ["two", "three", "Write one"]),
    ],
)
def test_list_filters(company, url, task, query, titles):
    company.api.owner.post(url, {"title": "two", "agent": "writer"})
    company.api.owner.post(url, {"title": "three", "status": "review"})

    found = company.api.viewer.get(f"{url}?{query}").json()["data"]["results"]
    assert [row["title"] for row in found] == titles


def test_list_takes_two_statements(company, url, task, statements):
    company.api.owner.get(url)
    with statements() as captured:
        company.api.owner.get(url)

    assert len([query for query in captured if "search_path" not in query["sql"]]) == 2


def test_viewer_and_stranger_change_nothing(company, url, task):
    address = f"/api/v1/tasks/{task.pk}"
    for client, status in ((company.api.viewer, 403), (company.api.stranger, 404)):
        assert client.post(url, {"title": "x"}).status_code == status
        assert client.patch(address, {"title": "x"}).status_code == status
        assert client.post(f"{address}/move", {"status": "done"}).status_code == status
        assert client.delete(address).status_code == status
    assert company.api.stranger.get(url).status_code == 404
    assert list(Task.objects.values_list("title", "status")) == [("Write one", "todo")]


@pytest.mark.parametrize("status", ["archived", "cancelled"])
def test_inactive_project_keeps_its_board(company, url, task, status):
    project_update(actor=company.actors.owner, project_id=company.project.pk, status=status)
    address = f"/api/v1/tasks/{task.pk}"

    for response in (
        company.api.owner.post(url, {"title": "x"}),
        company.api.owner.patch(address, {"title": "x"}),
        company.api.owner.post(f"{address}/move", {"status": "done"}),
        company.api.owner.delete(address),
    ):
        assert code(response) == (409, "conflict")


def test_card_of_another_organisation_answers_like_a_missing_one(company, globex):
    with tenant_context(globex):
        project = project_create(actor=SYSTEM, kind="novel", title="Theirs")
        theirs = task_create(actor=SYSTEM, project=project, title="Secret")

    answers = []
    for task_id in (theirs.pk, uuid4()):
        for call in (company.api.owner.get, company.api.owner.delete):
            response = call(f"/api/v1/tasks/{task_id}")
            body = response.json()
            body["error"].pop("request_id")
            answers.append((response.status_code, body))
    assert answers[:2] == answers[2:]
    assert answers[0][0] == 404
