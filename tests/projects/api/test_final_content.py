"""`GET` and `PUT /projects/{id}/final-content`."""

import pytest

from projects.models import Document, DocumentVersion
from projects.services.projects import project_update


@pytest.fixture
def url(company):
    return f"/api/v1/projects/{company.project.pk}/final-content"


def test_first_save_makes_the_manuscript(company, url):
    assert company.api.owner.get(url).status_code == 404

    response = company.api.editor.put(url, {"content": "# The Light\n\nAll of it.\n"})

    assert response.status_code == 201
    assert response.json()["data"]["kind"] == "manuscript"
    assert response.json()["data"]["title"] == "The Light"
    assert company.api.viewer.get(url).json()["data"]["body"] == "# The Light\n\nAll of it.\n"


def test_later_saves_name_the_version_that_was_read(company, url):
    tag = company.api.editor.put(url, {"content": "one"})["ETag"]

    assert company.api.owner.put(url, {"content": "two"}).status_code == 428
    assert company.api.owner.put(url, {"content": "two"}, HTTP_IF_MATCH=tag).json()["data"]["version"] == 2
    assert company.api.editor.put(url, {"content": "three"}, HTTP_IF_MATCH=tag).status_code == 412
    assert Document.objects.get(kind="manuscript").body == "two"


@pytest.mark.parametrize(
    ("auto_save", "content", "version"),
    [(True, "one", 1), (True, "one  \n", 1), (True, "one two", 2), (False, "one", 1), (False, "one  \n", 2)],
)
def test_autosave_makes_a_version_only_of_a_real_change(company, url, auto_save, content, version):
    tag = company.api.editor.put(url, {"content": "one"})["ETag"]

    response = company.api.editor.put(url, {"content": content, "auto_save": auto_save}, HTTP_IF_MATCH=tag)

    assert (response.status_code, response.json()["data"]["version"]) == (200, version)
    assert DocumentVersion.objects.count() == version


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "content"), ({"content": 1}, "content"), ({"content": "x", "auto_save": "perhaps"}, "auto_save")],
)
def test_wrong_body_is_named(company, url, body, field):
    response = company.api.owner.put(url, body)

    assert (response.status_code, list(response.json()["error"]["details"]["fields"])) == (400, [field])


def test_viewer_stranger_and_cancelled_project_save_nothing(company, url):
    assert company.api.viewer.put(url, {"content": "x"}).status_code == 403
    assert company.api.stranger.put(url, {"content": "x"}).status_code == 404
    project_update(actor=company.actors.owner, project_id=company.project.pk, status="cancelled")
    assert company.api.owner.put(url, {"content": "x"}).status_code == 409
    assert not Document.objects.exists()
