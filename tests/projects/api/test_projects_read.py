"""`GET /projects/{id}`."""

from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context

from collaboration.services.roles import role_revoke
from config.kernel.context import SYSTEM
from projects.constants import PROJECT_TYPE
from projects.services.documents import document_create
from projects.services.projects import project_create, project_update


def body_of(response):
    """The error without the only part that may differ."""
    error = response.json()
    assert error["error"].pop("request_id")
    return response.status_code, error, sorted(set(response.headers) - {"X-Request-ID", "Date"})


@pytest.mark.parametrize(
    ("role", "abilities"),
    [
        ("owner", {"view", "comment", "edit", "approve", "generate", "manage_members", "export", "delete"}),
        ("editor", {"view", "comment", "edit", "generate", "export"}),
        ("viewer", {"view"}),
    ],
)
def test_answer_shows_role_and_abilities(company, role, abilities):
    data = getattr(company.api, role).get(f"/api/v1/projects/{company.project.pk}").json()["data"]

    assert data["role"] == role
    assert {ability for ability, held in data["abilities"].items() if held} == abilities
    assert set(data["abilities"]) == {
        "view", "comment", "edit", "approve", "generate", "manage_members", "export", "delete",
    }  # fmt: skip


def test_stranger_and_missing_are_byte_identical(company):
    hidden = company.api.stranger.get(f"/api/v1/projects/{company.project.pk}")
    missing = company.api.stranger.get(f"/api/v1/projects/{uuid4()}")

    assert hidden.status_code == 404
    assert body_of(hidden) == body_of(missing)


def test_project_of_another_organisation_is_byte_identical_to_a_missing_one(company, globex, make_person, actor_of):
    with tenant_context(globex):
        theirs = project_create(actor=SYSTEM, kind="novel", title="Theirs")

    found = company.api.owner.get(f"/api/v1/projects/{theirs.pk}")

    assert found.status_code == 404
    assert body_of(found) == body_of(company.api.owner.get(f"/api/v1/projects/{uuid4()}"))


@pytest.mark.parametrize("bad", ["1", "not-a-uuid", "01a1f948-5949-7705-92ce-8095605c3e36x"])
def test_malformed_id_is_not_found(company, bad):
    response = company.api.owner.get(f"/api/v1/projects/{bad}")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_platform_operator_sees_nothing_without_a_role(company, make_person, api):
    operator = make_person(company.tenant, role="admin")
    operator.is_superuser = operator.is_staff = True
    operator.save()

    assert api(operator, company.tenant).get(f"/api/v1/projects/{company.project.pk}").status_code == 404


def test_etag_answers_304_until_something_shown_changes(company):
    url = f"/api/v1/projects/{company.project.pk}"
    tag = company.api.owner.get(url)["ETag"]

    unchanged = company.api.owner.get(url, HTTP_IF_NONE_MATCH=tag)
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", tag)

    document_create(actor=company.actors.owner, project=company.project, kind="note", title="counts change")
    counted = company.api.owner.get(url, HTTP_IF_NONE_MATCH=tag)
    assert counted.status_code == 200

    project_update(actor=company.actors.owner, project_id=company.project.pk, title="Renamed")
    assert company.api.owner.get(url, HTTP_IF_NONE_MATCH=counted["ETag"]).status_code == 200


def test_etag_of_one_role_is_not_that_of_another(company):
    url = f"/api/v1/projects/{company.project.pk}"

    assert company.api.owner.get(url)["ETag"] != company.api.viewer.get(url)["ETag"]


def test_revoked_role_hides_the_project_at_once(company):
    url = f"/api/v1/projects/{company.project.pk}"
    tag = company.api.viewer.get(url)["ETag"]
    role_revoke(
        actor=company.actors.owner,
        target_type=PROJECT_TYPE,
        target_id=company.project.pk,
        user_id=company.actors.viewer.user_id,
    )

    assert company.api.viewer.get(url, HTTP_IF_NONE_MATCH=tag).status_code == 404


def test_steady_read_is_one_statement_beside_the_search_path(company, statements):
    url = f"/api/v1/projects/{company.project.pk}"
    company.api.owner.get(url)

    with statements() as captured:
        assert company.api.owner.get(url).status_code == 200

    queries = [query["sql"] for query in captured]
    assert len(queries) <= 2, queries
    assert len([sql for sql in queries if "search_path" not in sql]) == 1
