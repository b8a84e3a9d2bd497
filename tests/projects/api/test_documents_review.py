"""`POST /documents/{id}/submit`, `/approve` and `/reject`."""

import pytest

from projects.services.documents import document_create, document_save


@pytest.fixture
def document(company):
    return document_create(actor=company.actors.editor, project=company.project, kind="chapter", title="One", body="x")


@pytest.fixture
def step(document):
    return lambda client, name, **headers: client.post(f"/api/v1/documents/{document.pk}/{name}", **headers)


def test_submitted_by_the_editor_approved_by_the_owner(company, document, step):
    assert step(company.api.editor, "submit").json()["data"]["status"] == "pending_review"
    response = step(company.api.owner, "approve")

    assert (response.status_code, response.json()["data"]["status"]) == (200, "approved")
    assert response.json()["data"]["version"] == 1


def test_rejected_text_can_be_submitted_again(company, step):
    for name, status in (("submit", "pending_review"), ("reject", "rejected"), ("submit", "pending_review")):
        assert step(company.api.owner, name).json()["data"]["status"] == status


@pytest.mark.parametrize("name", ["approve", "reject"])
def test_editor_decides_nothing(company, document, step, name):
    step(company.api.editor, "submit")

    response = step(company.api.editor, name)

    assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
    document.refresh_from_db()
    assert document.status == "pending_review"


@pytest.mark.parametrize(
    ("before", "name"), [([], "approve"), ([], "reject"), (["submit"], "submit"), (["submit", "approve"], "reject")]
)
def test_step_from_the_wrong_state_is_a_conflict(company, step, before, name):
    for earlier in before:
        step(company.api.owner, earlier)

    response = step(company.api.owner, name)

    assert (response.status_code, response.json()["error"]["code"]) == (409, "conflict")
    assert set(response.json()["error"]["details"]) == {"status", "expected"}


def test_changed_text_is_a_draft_again(company, document, step):
    step(company.api.owner, "submit")
    step(company.api.owner, "approve")

    document_save(actor=company.actors.editor, document_id=document.pk, expected_version=1, body="changed")

    document.refresh_from_db()
    assert document.status == "draft"


def test_reviewer_approves_only_the_text_that_was_read(company, document, step):
    read = company.api.owner.get(f"/api/v1/documents/{document.pk}")["ETag"]
    document_save(actor=company.actors.editor, document_id=document.pk, expected_version=1, body="slipped in")
    step(company.api.editor, "submit")

    response = step(company.api.owner, "approve", HTTP_IF_MATCH=read)

    assert (response.status_code, response.json()["error"]["details"]["current_version"]) == (412, 2)
    document.refresh_from_db()
    assert document.status == "pending_review"


def test_stranger_finds_nothing_to_review(company, step):
    assert step(company.api.stranger, "approve").status_code == 404
