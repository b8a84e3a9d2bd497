"""`GET /documents/{id}/versions`, `.../{n}` and `POST .../{n}/restore`."""

from uuid import uuid4

import pytest

from config.kernel.context import SYSTEM
from projects.services.documents import document_create, document_save


@pytest.fixture
def document(company):
    document = document_create(
        actor=company.actors.owner, project=company.project, kind="chapter", title="One", body="first"
    )
    job_id = uuid4()
    document_save(
        actor=SYSTEM,
        document_id=document.pk,
        expected_version=1,
        body="second",
        origin="generated",
        job_id=job_id,
        reason="chapter 1",
    )
    document_save(actor=company.actors.editor, document_id=document.pk, expected_version=2, title="Uno")
    document.job_id = job_id
    return document


@pytest.fixture
def url(document):
    return f"/api/v1/documents/{document.pk}/versions"


def test_history_names_person_or_job_newest_first(company, document, url):
    found = company.api.viewer.get(url).json()["data"]["results"]

    assert [(row["number"], row["origin"], row["reason"], row["title"]) for row in found] == [
        (3, "typed", "", "Uno"),
        (2, "generated", "chapter 1", "One"),
        (1, "typed", "", "One"),
    ]
    assert found[0]["author"]["id"] == str(company.actors.editor.user_id)
    assert found[1]["author"] == {"kind": "job", "id": str(document.job_id), "name": ""}
    assert all("body" not in row and len(row["digest"]) == 64 for row in found)


def test_one_version_has_its_text(company, url):
    data = company.api.viewer.get(f"{url}/2").json()["data"]

    assert (data["number"], data["body"], data["size_bytes"]) == (2, "second", 6)


@pytest.mark.parametrize("number", ["0", "4", "99999999999999999999"])
def test_version_that_is_not_there_is_not_found(company, url, number):
    assert company.api.viewer.get(f"{url}/{number}").status_code == 404
    response = company.api.owner.post(f"{url}/{number}/restore", HTTP_IF_MATCH='"x.1"')
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_restore_makes_a_new_version(company, document, url):
    tag = company.api.editor.get(f"/api/v1/documents/{document.pk}")["ETag"]

    response = company.api.editor.post(f"{url}/1/restore", HTTP_IF_MATCH=tag)

    assert response.status_code == 200
    data = response.json()["data"]
    assert (data["title"], data["body"], data["version"]) == ("One", "first", 4)
    newest = company.api.editor.get(f"{url}/4").json()["data"]
    assert (newest["origin"], newest["reason"]) == ("restored", "Restored version 1")


def test_restore_over_a_version_not_read_is_refused(company, document, url):
    assert company.api.editor.post(f"{url}/1/restore").status_code == 428
    stale = company.api.editor.post(f"{url}/1/restore", HTTP_IF_MATCH=f'"{document.pk}.2"')
    assert (stale.status_code, stale.json()["error"]["details"]["current_version"]) == (412, 3)


def test_viewer_restores_nothing_and_stranger_sees_nothing(company, document, url):
    assert company.api.viewer.post(f"{url}/1/restore", HTTP_IF_MATCH=f'"{document.pk}.3"').status_code == 403
    assert company.api.stranger.get(url).status_code == 404
    assert company.api.stranger.get(f"{url}/1").status_code == 404
