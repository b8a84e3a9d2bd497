"""`/members`: who may see, invite, change and remove whom."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import SecurityEvent
from config.kernel.context import Actor
from tenants.choices import SessionEnd
from tenants.exceptions import LastAdmin
from tenants.models import MailedLink, Membership, User
from tenants.selectors import directory
from tenants.services.members import member_change, member_remove
from tests.factories.sessions import signed_in, stored

URL = "/api/v1/members"


@pytest.fixture
def ada(in_acme, make_person) -> User:
    return make_person(in_acme, role="admin", email="ada@example.org")


@pytest.fixture
def bob(in_acme, make_person) -> User:
    return make_person(in_acme, email="bob@example.org")


def of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def one(user: User) -> str:
    return f"{URL}/{of(user).pk}"


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_an_admin_lists_the_members_of_this_organisation_alone(ada, bob, acme, globex, make_person, api) -> None:
    make_person(globex, email="eve@example.org")
    member_change(actor=_actor(ada), tenant_id=acme.pk, member_id=of(bob).pk, is_active=False)

    data = api(ada, acme).get(URL).json()["data"]

    assert [(row["email"], row["role"], row["is_active"]) for row in data["results"]] == [
        ("bob@example.org", "member", False),
        ("ada@example.org", "admin", True),
    ]


def _actor(user: User):
    return Actor(user_id=user.pk, label=user.email, tenant_role="admin")


@pytest.mark.parametrize(("method", "body"), [("get", None), ("post", {"email": "eve@example.org"})])
def test_a_member_neither_lists_nor_invites(ada, bob, acme, api, method, body) -> None:
    assert error_of(getattr(api(bob, acme), method)(URL, body)) == (403, "permission_denied")
    assert error_of(api(bob, acme).get(f"{URL}/invitations")) == (403, "permission_denied")
    assert not MailedLink.objects.exists()


def test_a_member_changes_and_removes_nobody_else(ada, bob, acme, api) -> None:
    client = api(bob, acme)

    assert error_of(client.patch(one(bob), {"role": "admin"})) == (403, "permission_denied")
    assert error_of(client.delete(one(ada))) == (403, "permission_denied")
    assert of(ada).is_active
    assert of(bob).role == "member"


def test_a_member_of_another_organisation_does_not_exist_here(ada, acme, globex, make_person, api) -> None:
    stranger = make_person(globex)
    client = api(ada, acme)

    foreign, missing = (
        client.patch(one(stranger), {"role": "admin"}),
        client.patch(f"{URL}/{uuid4()}", {"role": "admin"}),
    )

    assert error_of(foreign) == error_of(missing) == (404, "not_found")
    assert error_of(client.delete(one(stranger))) == (404, "not_found")
    assert of(stranger).role == "member"


def test_an_admin_of_elsewhere_has_no_power_here(acme, globex, ada, bob, make_person, api) -> None:
    stranger = make_person(globex, role="admin")
    Membership.objects.create(user=stranger, tenant=acme, role="member")

    assert error_of(api(stranger, acme).delete(one(bob))) == (403, "permission_denied")
    assert of(bob).is_active


def test_an_operator_of_the_platform_has_no_power_inside(acme, ada, bob, make_person, api) -> None:
    operator = make_person(acme)
    User.objects.filter(pk=operator.pk).update(is_superuser=True, is_staff=True)

    assert error_of(api(operator, acme).patch(one(bob), {"role": "admin"})) == (403, "permission_denied")


def test_a_changed_role_ends_the_sessions_of_the_member_here_alone(ada, bob, acme, globex, api) -> None:
    Membership.objects.create(user=bob, tenant=globex)
    here, there = signed_in(bob, acme), signed_in(bob, globex)

    response = api(ada, acme).patch(f"{URL}/{Membership.objects.get(user=bob, tenant=acme).pk}", {"role": "admin"})

    assert (response.status_code, response.json()["data"]["role"]) == (200, "admin")
    assert stored(here).revoked_reason == SessionEnd.MEMBERSHIP
    assert stored(there).revoked_at is None


def test_a_suspended_member_is_out_until_they_are_let_back_in(ada, bob, acme, api) -> None:
    client, admin = api(bob, acme), api(ada, acme)
    assert client.get("/api/v1/projects").status_code == 200

    admin.patch(one(bob), {"is_active": False})
    assert error_of(client.get("/api/v1/projects")) == (401, "tenant_mismatch")

    admin.patch(one(bob), {"is_active": True})
    assert error_of(client.get("/api/v1/projects")) == (401, "session_revoked")
    assert api(bob, acme).get("/api/v1/projects").status_code == 200


def test_a_removed_member_is_gone_and_no_patch_brings_them_back(ada, bob, acme, api) -> None:
    pair, admin, address = signed_in(bob, acme), api(ada, acme), one(bob)

    assert admin.delete(address).status_code == 204

    assert stored(pair).revoked_reason == SessionEnd.MEMBERSHIP
    assert directory.access_of(bob.pk, acme.pk) is None
    assert [row["email"] for row in admin.get(URL).json()["data"]["results"]] == ["ada@example.org"]
    assert error_of(admin.patch(address, {"is_active": True})) == (404, "not_found")
    assert error_of(admin.delete(address)) == (404, "not_found")


def test_a_member_leaves(ada, bob, acme, api) -> None:
    assert api(bob, acme).delete(one(bob)).status_code == 204
    assert of(bob).removed_at is not None


def test_the_last_admin_neither_leaves_nor_steps_down(ada, bob, acme, api) -> None:
    client = api(ada, acme)

    for answer in (
        client.delete(one(ada)),
        client.patch(one(ada), {"role": "member"}),
        client.patch(one(ada), {"is_active": False}),
    ):
        assert error_of(answer) == (409, "conflict")
        assert answer.json()["error"]["details"] == {"organisations": ["acme"]}
    assert (of(ada).role, of(ada).is_active) == ("admin", True)


@pytest.mark.parametrize("way", ["leave", "demote", "demote_each_other"])
def test_of_two_admins_who_go_at_once_one_stays(fresh_tenant, make_person, actor_of, run_threads, way) -> None:
    tenant = fresh_tenant()
    people = [make_person(tenant, role="admin") for _ in range(2)]
    rows, actors = [of(user) for user in people], [actor_of(user, tenant) for user in people]

    def go(index: int) -> None:
        actor, mine = actors[index], {"tenant_id": tenant.pk, "member_id": rows[index].pk}
        if way == "leave":
            member_remove(actor=actor, **mine)
        elif way == "demote":
            member_change(actor=actor, **mine, role="member")
        else:
            member_change(actor=actor, tenant_id=tenant.pk, member_id=rows[1 - index].pk, role="member")

    results = run_threads(2, go)

    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 1
    assert isinstance(refused[0], LastAdmin) or way == "demote_each_other"
    assert Membership.objects.filter(tenant=tenant, role="admin", is_active=True).count() == 1


@pytest.mark.parametrize(
    ("body", "field"), [({"role": "king"}, "role"), ({"is_active": "perhaps"}, "is_active"), ({"email": "x"}, "email")]
)
def test_a_wrong_change_is_named_and_nothing_happens(ada, bob, acme, api, body, field) -> None:
    answer = api(ada, acme).patch(one(bob), body)

    assert error_of(answer) == (400, "validation_failed")
    assert list(answer.json()["error"]["details"]["fields"]) == [field]
    assert (of(bob).role, of(bob).is_active) == ("member", True)


def test_the_list_takes_as_many_queries_for_many_as_for_one(ada, acme, make_person, api) -> None:

    client = api(ada, acme)
    client.get(URL)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for _ in range(5):
        make_person(acme)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(URL).json()["data"]["results"]) == 6
    assert len(many) == len(few) <= 3


def test_what_happens_to_members_is_recorded(ada, bob, acme, api) -> None:
    client, address = api(ada, acme), one(bob)
    client.post(URL, {"email": "eve@example.org"})
    client.patch(address, {"role": "admin"})
    client.delete(address)

    events = SecurityEvent.objects.filter(action__startswith="member.").order_by("id")

    assert [(event.action, event.target_label, event.actor_id) for event in events] == [
        ("member.invited", "eve@example.org", ada.pk),
        ("member.changed", "bob@example.org", ada.pk),
        ("member.removed", "bob@example.org", ada.pk),
    ]
