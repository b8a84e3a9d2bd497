"""`POST /projects/{id}/transfer`: who may hand a project on, and to whom."""

import pytest

from audit.models import SecurityEvent
from collaboration.selectors.roles import holders_of
from projects.constants import PROJECT_TYPE


def roles(company) -> dict[str, str]:
    held = holders_of(target_type=PROJECT_TYPE, target_id=company.project.pk)
    return {name: held[person.pk] for name, person in vars(company.people).items() if person.pk in held}


@pytest.fixture
def hand_over(company):
    """`hand_over(client, person)`: the answer."""
    url = f"/api/v1/projects/{company.project.pk}/transfer"
    return lambda client, person: client.post(url, {"user": str(person.pk)})


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_an_owner_hands_the_project_on_and_becomes_editor(company, hand_over) -> None:
    assert hand_over(company.api.owner, company.people.viewer).status_code == 204

    assert roles(company) == {"owner": "editor", "editor": "editor", "viewer": "owner"}
    event = SecurityEvent.objects.get(action="project.transferred")
    assert event.actor_id == company.people.owner.pk
    assert event.metadata["to"] == str(company.people.viewer.pk)


def test_an_admin_hands_it_on_without_a_role_and_sees_nothing(company, hand_over, make_person, api) -> None:
    admin = make_person(company.tenant, role="admin")
    client = api(admin, company.tenant)

    assert hand_over(client, company.people.stranger).status_code == 204

    assert roles(company)["stranger"] == "owner"
    assert error_of(client.get(f"/api/v1/projects/{company.project.pk}")) == (404, "not_found")


def test_an_admin_does_not_take_it(company, hand_over, make_person, api) -> None:
    admin = make_person(company.tenant, role="admin")

    assert error_of(hand_over(api(admin, company.tenant), admin)) == (400, "validation_failed")
    assert roles(company)["owner"] == "owner"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("editor", (403, "permission_denied")),
        ("viewer", (403, "permission_denied")),
        ("stranger", (404, "not_found")),
    ],
)
def test_nobody_else_may(company, hand_over, name, answer) -> None:
    person = getattr(company.people, name)

    assert error_of(hand_over(getattr(company.api, name), person)) == answer
    assert roles(company)["owner"] == "owner"


def test_it_stays_in_the_organisation(company, hand_over, globex, make_person) -> None:
    assert error_of(hand_over(company.api.owner, make_person(globex))) == (400, "validation_failed")
    assert roles(company)["owner"] == "owner"


def test_handing_it_to_its_owner_changes_nothing(company, hand_over) -> None:
    assert hand_over(company.api.owner, company.people.owner).status_code == 204
    assert roles(company) == {"owner": "owner", "editor": "editor", "viewer": "viewer"}
