"""`PATCH` and `DELETE /projects/{id}`."""

import pytest

from projects.models import Project


@pytest.fixture
def url(company):
    return f"/api/v1/projects/{company.project.pk}"


def test_editor_changes_what_is_given_and_nothing_else(company, url):
    response = company.api.editor.patch(url, {"title": "Darkness", "brief": {"goal": "Fear."}})

    assert response.status_code == 200
    data = response.json()["data"]
    assert (data["title"], data["brief"], data["language"], data["version"]) == ("Darkness", {"goal": "Fear."}, "en", 2)
    company.project.refresh_from_db()
    assert company.project.updated_by_id == company.actors.editor.user_id


@pytest.mark.parametrize("body", [{}, {"title": "The Light"}, {"title": " The  Light "}])
def test_changing_nothing_makes_no_version(company, url, body):
    response = company.api.editor.patch(url, body)

    assert (response.status_code, response.json()["data"]["version"]) == (200, 1)


def test_viewer_changes_nothing(company, url):
    response = company.api.viewer.patch(url, {"title": "Mine"})

    assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
    assert response.json()["error"]["details"] == {"ability": "edit"}
    company.project.refresh_from_db()
    assert company.project.title == "The Light"


def test_stranger_finds_nothing_to_change(company, url):
    assert company.api.stranger.patch(url, {"title": "Mine"}).status_code == 404
    assert company.api.stranger.delete(url).status_code == 404
    assert Project.objects.filter(pk=company.project.pk, deleted_at__isnull=True, title="The Light").exists()


@pytest.mark.parametrize("status", ["archived", "cancelled"])
def test_status_takes_the_owner(company, url, status):
    assert company.api.editor.patch(url, {"status": status}).status_code == 403

    assert company.api.owner.patch(url, {"status": status}).json()["data"]["status"] == status


@pytest.mark.parametrize("status", ["archived", "cancelled"])
def test_inactive_project_keeps_its_text_until_it_is_active_again(company, url, status):
    company.api.owner.patch(url, {"status": status})

    refused = company.api.owner.patch(url, {"title": "Later"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
    assert refused.json()["error"]["details"] == {"status": status}

    revived = company.api.owner.patch(url, {"title": "Later", "status": "active"})
    assert (revived.status_code, revived.json()["data"]["title"]) == (200, "Later")


@pytest.mark.parametrize("field", ["kind", "created_by", "abilities", "role", "version"])
def test_fields_that_do_not_change_are_refused_by_name(company, url, field):
    response = company.api.owner.patch(url, {field: "novel"})

    assert (response.status_code, list(response.json()["error"]["details"]["fields"])) == (400, [field])


def test_if_match_is_honoured_when_given(company, url):
    tag = company.api.owner.get(url)["ETag"]
    assert company.api.editor.patch(url, {"title": "First"}, HTTP_IF_MATCH=tag).status_code == 200

    stale = company.api.owner.patch(url, {"title": "Second"}, HTTP_IF_MATCH=tag)

    assert (stale.status_code, stale.json()["error"]["code"]) == (412, "version_conflict")
    details = stale.json()["error"]["details"]
    assert details["current_version"] == 2
    assert details["changed_by"]["id"] == str(company.actors.editor.user_id)
    assert details["changed_at"]
    company.project.refresh_from_db()
    assert company.project.title == "First"


@pytest.mark.parametrize(
    ("header", "code"), [("*", 428), ("", 428), ("garbage", 400), ('"1.1"', 412), ('W/"x.1"', 412)]
)
def test_if_match_that_names_no_version_read_changes_nothing(company, url, header, code):
    assert company.api.owner.patch(url, {"title": "No"}, HTTP_IF_MATCH=header).status_code == code
    assert company.api.owner.delete(url, HTTP_IF_MATCH=header).status_code == code
    assert Project.objects.filter(pk=company.project.pk, deleted_at__isnull=True, title="The Light").exists()


def test_only_the_owner_deletes(company, url):
    assert company.api.editor.delete(url).status_code == 403

    assert company.api.owner.delete(url).status_code == 204

    assert company.api.owner.get(url).status_code == 404
    assert company.api.owner.delete(url).status_code == 404
    assert Project.objects.get(pk=company.project.pk).deleted_at is not None
