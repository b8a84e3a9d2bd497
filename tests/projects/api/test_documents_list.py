"""`GET /projects/{id}/documents`."""

import pytest

from projects.services.documents import document_create, document_delete


@pytest.fixture
def url(company):
    for kind, title in (("chapter", "One"), ("chapter", "Two"), ("note", "Sea"), ("plan", "Plan")):
        document_create(actor=company.actors.owner, project=company.project, kind=kind, title=title, body="some text")
    return f"/api/v1/projects/{company.project.pk}/documents"


def rows(response):
    assert response.status_code == 200, response.content
    return response.json()["data"]["results"]


def test_rows_have_abilities_and_no_text(company, url):
    found = rows(company.api.viewer.get(f"{url}?kind=chapter"))

    assert [(row["title"], row["order_index"], row["word_count"], row["version"]) for row in found] == [
        ("One", 1, 2, 1),
        ("Two", 2, 2, 1),
    ]
    for row in found:
        assert "body" not in row
        assert row["project"] == str(company.project.pk)
        assert row["abilities"] == {"view": True, "comment": False, "edit": False, "approve": False, "delete": False}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kind=note", ["Sea"]),
        ("search=an", ["Plan"]),
        ("status=approved", []),
        ("ordering=-title", ["Two", "Sea", "Plan", "One"]),
        ("kind=chapter&ordering=-order_index", ["Two", "One"]),
    ],
)
def test_filters_and_ordering(company, url, query, titles):
    assert [row["title"] for row in rows(company.api.owner.get(f"{url}?{query}"))] == titles


def test_positions_shared_by_kinds_do_not_break_pages(company, url):
    seen, cursor = [], None
    while True:
        query = {"page_size": 1} | ({"cursor": cursor} if cursor else {})
        data = company.api.owner.get(url, query).json()["data"]
        seen += [row["title"] for row in data["results"]]
        cursor = data["next"]
        if cursor is None:
            break

    assert sorted(seen) == ["One", "Plan", "Sea", "Two"]


def test_deleted_document_is_not_listed(company, url):
    first = company.project.documents.get(title="One")
    document_delete(actor=company.actors.owner, document_id=first.pk, expected_version=1)

    found = rows(company.api.owner.get(f"{url}?kind=chapter"))
    assert [(row["title"], row["order_index"]) for row in found] == [("Two", 1)]


def test_stranger_finds_no_list(company, url):
    assert company.api.stranger.get(url).status_code == 404


def test_list_takes_two_statements(company, url, statements):
    company.api.owner.get(url)

    with statements() as captured:
        company.api.owner.get(url)

    queries = [query["sql"] for query in captured if "search_path" not in query["sql"]]
    assert len(queries) == 2
    assert not any('"body"' in sql for sql in queries)
