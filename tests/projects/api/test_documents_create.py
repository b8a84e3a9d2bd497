"""`POST /projects/{id}/documents`."""

import pytest

from projects.constants import BODY_MAX_BYTES
from projects.models import Document, DocumentVersion
from projects.services.projects import project_update


@pytest.fixture
def url(company):
    return f"/api/v1/projects/{company.project.pk}/documents"


def test_editor_adds_a_document_with_its_first_version(company, url):
    response = company.api.editor.post(
        url,
        {
            "kind": "note",
            "title": "Wreck",
            "body": "Nineteen  houses,\r\neleven boats.\n",
            "source": "Log, p. 3",
            "reason": "r",
        },
    )

    assert response.status_code == 201
    data = response.json()["data"]
    assert data["body"] == "Nineteen  houses,\neleven boats.\n"
    assert (data["kind"], data["title"], data["source"]) == ("note", "Wreck", "Log, p. 3")
    assert (data["status"], data["version"], data["order_index"], data["word_count"]) == ("draft", 1, 1, 4)
    assert data["abilities"] == {"view": True, "comment": True, "edit": True, "approve": False, "delete": True}
    assert company.api.editor.get(response["Location"])["ETag"] == response["ETag"]
    version = DocumentVersion.objects.get(document_id=data["id"])
    assert (version.number, version.author_id, version.origin, version.reason) == (
        1,
        company.actors.editor.user_id,
        "typed",
        "r",
    )
    assert version.size_bytes == len(data["body"].encode())


def test_new_ones_stand_last_or_where_they_are_put(company, url):
    for title in ("a", "b"):
        company.api.editor.post(url, {"kind": "chapter", "title": title})
    company.api.editor.post(url, {"kind": "chapter", "title": "first", "order_index": 1})
    company.api.editor.post(url, {"kind": "note", "title": "apart"})

    chapters = Document.objects.filter(kind="chapter").order_by("order_index")
    assert list(chapters.values_list("order_index", "title")) == [(1, "first"), (2, "a"), (3, "b")]
    assert Document.objects.get(kind="note").order_index == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "poem", "title": "x"}, "kind"),
        ({"title": "x"}, "kind"),
        ({"kind": "note"}, "title"),
        ({"kind": "note", "title": "x" * 301}, "title"),
        ({"kind": "note", "title": "x", "body": "a" * (BODY_MAX_BYTES + 1)}, "body"),
        ({"kind": "note", "title": "x", "body": "\u00e9" * (BODY_MAX_BYTES // 2 + 1)}, "body"),
        ({"kind": "note", "title": "x", "body": 7}, "body"),
        ({"kind": "note", "title": "x", "body": None}, "body"),
        ({"kind": "note", "title": "x", "order_index": 0}, "order_index"),
        ({"kind": "note", "title": "x", "order_index": 2}, "order_index"),
        ({"kind": "note", "title": "x", "order_index": 10**30}, "order_index"),
        ({"kind": "note", "title": "x", "order_index": "first"}, "order_index"),
        ({"kind": "note", "title": "x", "source": "s" * 501}, "source"),
        ({"kind": "note", "title": "x", "reason": "r" * 301}, "reason"),
        ({"kind": "note", "title": "x", "status": "approved"}, "status"),
        ({"kind": "note", "title": "x", "version": 9}, "version"),
    ],
)
def test_wrong_values_are_named_and_nothing_is_written(company, url, body, field):
    response = company.api.owner.post(url, body)

    assert response.status_code == 400, response.content
    assert (response.json()["error"]["code"], list(response.json()["error"]["details"]["fields"])) == (
        "validation_failed",
        [field],
    )
    assert not Document.objects.exists()


def test_largest_text_is_stored(company, url):
    body = "a" * BODY_MAX_BYTES

    response = company.api.owner.post(url, {"kind": "note", "title": "long", "body": body})

    assert response.status_code == 201
    assert Document.objects.get().body == body


@pytest.mark.parametrize(
    "raw", [b'{"kind":"note","title":"a","body":"a\\u0000"}', b'{"kind":"note","title":"a","body":"\\udfff"}']
)
def test_text_that_cannot_be_stored_is_400(company, url, raw):
    response = company.api.owner.generic("POST", url, raw, content_type="application/json")

    assert response.status_code == 400
    assert not Document.objects.exists()


@pytest.mark.parametrize("status", ["archived", "cancelled"])
def test_inactive_project_takes_no_document(company, url, status):
    project_update(actor=company.actors.owner, project_id=company.project.pk, status=status)

    response = company.api.owner.post(url, {"kind": "note", "title": "late"})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "conflict")
    assert not Document.objects.exists()


def test_viewer_and_stranger_add_nothing(company, url):
    body = {"kind": "note", "title": "x"}

    assert company.api.viewer.post(url, body).json()["error"]["code"] == "permission_denied"
    assert company.api.stranger.post(url, body).json()["error"]["code"] == "not_found"
    assert not Document.objects.exists()


def test_second_manuscript_is_a_conflict(company, url):
    assert company.api.owner.post(url, {"kind": "manuscript", "title": "All"}).status_code == 201

    again = company.api.owner.post(url, {"kind": "manuscript", "title": "All"})

    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
