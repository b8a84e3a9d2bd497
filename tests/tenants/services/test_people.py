"""People are added, change places and leave; who they were stays readable nowhere, what they wrote stays."""

import contextlib
import threading

import pytest

from config.kernel.context import SYSTEM
from config.kernel.errors import Conflict, NotFound, PermissionDenied, ValidationFailed
from projects.models import Project
from tenants.exceptions import LastAdmin
from tenants.models import Membership, Session, User
from tenants.services import organisations, people
from tenants.services.people import membership_change, operator_appoint, person_add, person_deactivate

PASSWORD = "correct horse battery staple"


def _add(tenant, email="ada@example.org", **fields):
    return person_add(actor=SYSTEM, email=email, tenant=tenant, **fields)


def test_adding_makes_account_and_membership(in_acme):
    added = _add(in_acme, " Ada@Example.org ", role="admin", password=PASSWORD, name="Ada")
    assert (added.account_is_new, added.membership_is_new) == (True, True)
    assert (added.user.email, added.user.name) == ("ada@example.org", "Ada")
    assert added.user.check_password(PASSWORD)
    assert Membership.objects.get(user=added.user).role == "admin"


def test_account_without_password_can_not_sign_in(in_acme):
    assert not _add(in_acme).user.has_usable_password()


def test_adding_to_a_second_organisation_keeps_the_account(in_acme, globex):
    first = _add(in_acme, password=PASSWORD).user
    second = _add(globex, "ADA@example.org", password="quite another password")
    assert second.user == first
    assert not second.account_is_new
    second.user.refresh_from_db()
    assert second.user.check_password(PASSWORD)


def test_adding_twice_is_a_conflict_and_changes_nothing(in_acme):
    user = _add(in_acme, role="member").user
    with pytest.raises(Conflict):
        _add(in_acme, role="admin")
    assert Membership.objects.get(user=user).role == "member"


def test_membership_that_ended_is_resumed(in_acme):
    user = _add(in_acme).user
    row = Membership.objects.get(user=user)
    membership_change(actor=SYSTEM, membership_id=row.pk, is_active=False)
    _add(in_acme, role="admin")
    again = Membership.objects.get(user=user)
    assert (again.pk, again.role, again.is_active) == (row.pk, "admin", True)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"email": "x"}, "email"),
        ({"email": "\ud800@example.org"}, "email"),
        ({"role": "owner"}, "role"),
        ({"password": "password123"}, "password"),
        ({"name": "a\0"}, "name"),
        ({"name": "x" * 151}, "name"),
    ],
)
def test_input_that_is_not_acceptable_adds_nobody(in_acme, fields, named):
    with pytest.raises(ValidationFailed) as refusal:
        _add(in_acme, **fields)
    assert list(refusal.value.details["fields"]) == [named]
    assert not User.objects.exists()


def test_one_account_when_added_by_many_at_once(run_threads, fresh_tenant):
    tenant = fresh_tenant()
    results = run_threads(6, lambda index: _add(tenant, password=PASSWORD))
    assert [type(found).__name__ for found in results].count("Added") == 1
    assert {type(found).__name__ for found in results} == {"Added", "Conflict"}
    assert Membership.objects.get(tenant=tenant).user == User.objects.get()


def test_ending_a_membership_ends_its_sessions_and_access(in_acme, globex, make_person, api):
    user = make_person(in_acme)
    make_person(in_acme, "admin")
    _add(globex, user.email)
    here, there = api(user, in_acme), api(user, globex)
    row = Membership.objects.get(user=user, tenant=in_acme)
    membership_change(actor=SYSTEM, membership_id=row.pk, is_active=False)
    assert here.get("/api/v1/projects").status_code == 401
    assert there.get("/api/v1/projects").status_code == 200


def test_last_admin_stays(in_acme, make_person):
    ada, bob = make_person(in_acme, "admin"), make_person(in_acme, "admin")
    row = Membership.objects.get(user=ada)
    membership_change(actor=SYSTEM, membership_id=Membership.objects.get(user=bob).pk, role="member")
    for change in ({"role": "member"}, {"is_active": False}):
        with pytest.raises(LastAdmin) as refusal:
            membership_change(actor=SYSTEM, membership_id=row.pk, **change)
        assert refusal.value.details == {"organisations": ["acme"]}
    with pytest.raises(LastAdmin):
        person_deactivate(actor=SYSTEM, user_id=ada.pk)
    row.refresh_from_db()
    ada.refresh_from_db()
    assert (row.role, row.is_active, ada.is_active) == ("admin", True, True)


def test_last_admin_of_an_organisation_that_is_given_up_may_leave(in_acme, make_person):
    ada = make_person(in_acme, "admin")
    organisations.organisation_delete(actor=SYSTEM, tenant_id=in_acme.pk)
    assert not person_deactivate(actor=SYSTEM, user_id=ada.pk).is_active


def test_two_last_admins_can_not_leave_at_once(fresh_tenant, make_person, run_threads, monkeypatch):
    """Both stand before the check at the same time, unless one waits for the other, as it should."""
    tenant = fresh_tenant()
    both, check = threading.Barrier(2), people._require_admins

    def together(tenants):
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.5)
        check(tenants)

    monkeypatch.setattr(people, "_require_admins", together)
    admins = [make_person(tenant, "admin") for _ in range(2)]
    results = run_threads(2, lambda index: person_deactivate(actor=SYSTEM, user_id=admins[index].pk))
    assert sorted(type(found).__name__ for found in results) == ["LastAdmin", "User"]
    assert Membership.objects.filter(tenant=tenant, is_active=True, user__is_active=True).count() == 1


def test_deactivated_person_is_anonymous_and_what_they_wrote_stays(in_acme, make_person, api):
    user = make_person(in_acme, email="ada@example.org")
    User.objects.filter(pk=user.pk).update(name="Ada", is_staff=True, is_superuser=True)
    project = Project.objects.create(kind="novel", title="hers", created_by=user)
    client = api(user, in_acme)
    person_deactivate(actor=SYSTEM, user_id=user.pk)
    user.refresh_from_db()
    assert (user.email, user.name) == (f"{user.pk}@deleted.invalid", "")
    assert not any((user.is_active, user.is_staff, user.is_superuser, user.has_usable_password()))
    assert not Membership.objects.filter(user=user, is_active=True).exists()
    assert not Session.objects.filter(user=user, revoked_at=None).exists()
    assert client.get("/api/v1/projects").status_code == 401
    project.refresh_from_db()
    assert project.created_by_id == user.pk


def test_e_mail_of_a_deactivated_person_is_free_again(in_acme, make_person):
    old = make_person(in_acme, email="ada@example.org")
    person_deactivate(actor=SYSTEM, user_id=old.pk)
    assert _add(in_acme, "ada@example.org").user.pk != old.pk


def test_people_are_never_deleted(in_acme, make_person):
    user = make_person(in_acme)
    with pytest.raises(Conflict):
        user.delete()
    with pytest.raises(Conflict):
        User.objects.filter(pk=user.pk).delete()
    assert User.objects.filter(pk=user.pk).exists()


def test_operator_can_not_close_the_own_account(in_acme, make_person, actor_of):
    operator = make_person(None)
    operator_appoint(actor=SYSTEM, user_id=operator.pk)
    with pytest.raises(Conflict):
        person_deactivate(actor=actor_of(operator, in_acme), user_id=operator.pk)


def test_nobody_but_an_operator_manages_people(in_acme, make_person, actor_of):
    admin = make_person(in_acme, "admin")
    actor, row = actor_of(admin, in_acme), Membership.objects.get(user=admin)
    for refused in (
        lambda: person_add(actor=actor, email="x@example.org", tenant=in_acme),
        lambda: membership_change(actor=actor, membership_id=row.pk, role="member"),
        lambda: person_deactivate(actor=actor, user_id=make_person(in_acme).pk),
        lambda: operator_appoint(actor=actor, user_id=admin.pk),
    ):
        with pytest.raises(PermissionDenied):
            refused()


def test_person_who_does_not_exist_is_not_found(in_acme):
    for refused in (person_deactivate, operator_appoint):
        with pytest.raises(NotFound):
            refused(actor=SYSTEM, user_id=in_acme.pk)
    with pytest.raises(NotFound):
        membership_change(actor=SYSTEM, membership_id=in_acme.pk, role="member")
