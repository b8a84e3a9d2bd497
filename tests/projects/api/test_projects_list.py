"""`GET /projects`."""

import pytest

from projects.services.board import task_create
from projects.services.documents import document_create
from projects.services.projects import project_create, project_delete, project_update


def results(response):
    assert response.status_code == 200, response.content
    return response.json()["data"]["results"]


def test_member_sees_projects_with_a_role_only(company):
    other = project_create(actor=company.actors.stranger, kind="article", title="Elsewhere")

    assert [row["id"] for row in results(company.api.viewer.get("/api/v1/projects"))] == [str(company.project.pk)]
    assert [row["id"] for row in results(company.api.stranger.get("/api/v1/projects"))] == [str(other.pk)]


def test_every_row_carries_role_abilities_and_counts(company):
    document_create(actor=company.actors.owner, project=company.project, kind="chapter", title="One", body="two words")
    document_create(
        actor=company.actors.owner, project=company.project, kind="note", title="A note", body="not counted"
    )
    task_create(actor=company.actors.owner, project=company.project, title="Write", status="done")
    task_create(actor=company.actors.owner, project=company.project, title="Read")

    (row,) = results(company.api.editor.get("/api/v1/projects"))

    assert row["role"] == "editor"
    assert row["counts"] == {"documents": 2, "chapters": 1, "words": 2, "tasks": 2, "tasks_done": 1}
    assert {ability for ability, held in row["abilities"].items() if held} == {
        "view", "comment", "edit", "generate", "export",
    }  # fmt: skip


def test_deleted_project_is_gone_for_its_owner(company):
    project_delete(actor=company.actors.owner, project_id=company.project.pk)

    assert results(company.api.owner.get("/api/v1/projects")) == []


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kind=article", ["Salt"]),
        ("status=archived", ["Winter light"]),
        ("search=LIGHT", ["Winter light", "The Light"]),
        ("search=%25", []),
        ("kind=novel&search=winter", ["Winter light"]),
        ("ordering=title", ["Salt", "The Light", "Winter light"]),
        ("ordering=-title", ["Winter light", "The Light", "Salt"]),
    ],
)
def test_filters_search_and_ordering(company, query, titles):
    owner = company.actors.owner
    project_create(actor=owner, kind="article", title="Salt")
    winter = project_create(actor=owner, kind="novel", title="Winter light")
    project_update(actor=owner, project_id=winter.pk, status="archived")

    assert [row["title"] for row in results(company.api.owner.get(f"/api/v1/projects?{query}"))] == titles


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=poem", "kind"),
        ("status=done", "status"),
        ("ordering=brief", "ordering"),
        ("page_size=0", "page_size"),
        ("page_size=201", "page_size"),
        ("cursor=nonsense", "cursor"),
    ],
)
def test_wrong_parameters_are_named(company, query, field):
    response = company.api.owner.get(f"/api/v1/projects?{query}")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "validation_failed"
    assert list(response.json()["error"]["details"]["fields"]) == [field]


def test_pages_follow_each_other_without_gap_or_repeat(company):
    for number in range(6):
        project_create(actor=company.actors.owner, kind="novel", title=f"Book {number}")
    seen, query = [], "page_size=3"
    while query:
        data = company.api.owner.get(f"/api/v1/projects?{query}").json()["data"]
        seen += [row["title"] for row in data["results"]]
        query = data["next"] and f"page_size=3&cursor={data['next']}"

    assert seen == [*(f"Book {number}" for number in reversed(range(6))), "The Light"]


@pytest.mark.parametrize("many", [1, 50])
def test_list_takes_two_statements_whatever_the_number(company, statements, many):
    for number in range(many - 1):
        project_create(actor=company.actors.owner, kind="novel", title=f"Book {number}")
    company.api.owner.get("/api/v1/projects")

    with statements() as captured:
        assert len(results(company.api.owner.get("/api/v1/projects"))) == many

    assert len([query for query in captured if "search_path" not in query["sql"]]) == 2
    assert len(captured) <= 4
