"""Reserving, settling and releasing: exact whoever comes at the same time, and nothing stays set aside for ever."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django_tenants.utils import tenant_context

from audit.models import SecurityEvent
from config.kernel.context import SYSTEM, Actor
from config.kernel.errors import NotFound, PermissionDenied, ValidationFailed
from tenants.exceptions import QuotaReached
from tenants.models import Membership, Quota, QuotaReservation, QuotaUsage
from tenants.models.quota import QuotaKind, QuotaScope, ReservationStatus
from tenants.selectors.quotas import Subject, forget_limits, limit_of, month_end, month_of
from tenants.services import people as people_services
from tenants.services.quota_limits import quota_set
from tenants.services.quotas import (
    quota_admit,
    quota_release,
    quota_reserve,
    quota_settle,
    quota_settle_total,
    quotas_expire,
)
from tests.factories import people

ADA = Actor(user_id=uuid4(), label="ada")
BOB = Actor(user_id=uuid4(), label="bob")
PROJECT = uuid4()


def limit(tenant, number, *, scope="organisation", kind="tokens", subject_id=None):
    quota_set(actor=SYSTEM, tenant_id=tenant.pk, scope=scope, kind=kind, limit=number, subject_id=subject_id)


def figures(scope="organisation", kind="tokens"):
    """(used, reserved) of the scope's only row."""
    row = QuotaUsage.objects.get(scope=scope, kind=kind)
    return int(row.used), int(row.reserved)


def test_what_is_reserved_is_settled_with_what_it_really_took(in_acme):
    taken = quota_reserve(actor=ADA, kind="tokens", amount=100, project_id=PROJECT)
    assert [figures(scope) for scope in ("organisation", "project", "person")] == [(0, 100)] * 3

    assert quota_settle(reservation_id=taken.id, amount=130)

    assert [figures(scope) for scope in ("organisation", "project", "person")] == [(130, 0)] * 3


def test_settling_or_releasing_twice_is_doing_it_once(in_acme):
    taken = quota_reserve(actor=ADA, kind="tokens", amount=100)
    assert quota_settle(reservation_id=taken.id, amount=60)

    assert not quota_settle(reservation_id=taken.id, amount=60)
    assert not quota_release(reservation_id=taken.id)
    assert figures() == (60, 0)


def test_what_is_released_can_be_reserved_again(in_acme):
    limit(in_acme, 100)
    for _ in range(3):
        taken = quota_reserve(actor=ADA, kind="tokens", amount=100)
        assert quota_release(reservation_id=taken.id)
    assert figures() == (0, 0)


def test_beyond_the_limit_is_refused_with_the_figures_and_nothing_is_set_aside(in_acme):
    limit(in_acme, 100)
    quota_settle(reservation_id=quota_reserve(actor=ADA, kind="tokens", amount=30).id, amount=30)
    quota_reserve(actor=ADA, kind="tokens", amount=50)

    with pytest.raises(QuotaReached) as refused:
        quota_reserve(actor=ADA, kind="tokens", amount=21)

    assert (refused.value.code, refused.value.status) == ("budget_exhausted", 402)
    assert refused.value.details == {
        "kind": "tokens", "scope": "organisation", "used": 30, "reserved": 50, "limit": 100,
        "resets_at": month_end(month_of()),
    }  # fmt: skip
    assert figures() == (30, 50)
    quota_reserve(actor=ADA, kind="tokens", amount=20)


@pytest.mark.parametrize(("scope", "subject_id"), [("project", PROJECT), ("person", ADA.user_id)])
def test_a_narrower_quota_refuses_and_the_wider_ones_are_untouched(in_acme, scope, subject_id):
    limit(in_acme, 10, scope=scope, subject_id=subject_id)

    with pytest.raises(QuotaReached) as refused:
        quota_reserve(actor=ADA, kind="tokens", amount=11, project_id=PROJECT)

    assert refused.value.details["scope"] == scope
    assert not QuotaUsage.objects.exclude(reserved=0).exists()
    quota_reserve(actor=BOB, kind="tokens", amount=11, project_id=uuid4())


def test_a_subject_s_own_quota_goes_before_that_for_all_and_that_before_the_default(in_acme, settings):
    settings.QUOTA_DEFAULTS = {("person", "tokens"): Decimal(7)}
    ada, bob = Subject(QuotaScope.PERSON, ADA.user_id), Subject(QuotaScope.PERSON, BOB.user_id)
    assert limit_of(in_acme.pk, QuotaKind.TOKENS, ada) == 7

    limit(in_acme, 20, scope="person")
    limit(in_acme, 0, scope="person", subject_id=ADA.user_id)

    assert limit_of(in_acme.pk, QuotaKind.TOKENS, ada) == 0
    assert limit_of(in_acme.pk, QuotaKind.TOKENS, bob) == 20
    limit(in_acme, None, scope="person")
    assert limit_of(in_acme.pk, QuotaKind.TOKENS, bob) == 7
    assert limit_of(in_acme.pk, QuotaKind.SPEND, bob) is None


def test_another_organisation_s_use_and_quota_are_its_own(in_acme, globex):
    limit(in_acme, 100)
    quota_reserve(actor=ADA, kind="tokens", amount=100)

    with tenant_context(globex):
        quota_reserve(actor=ADA, kind="tokens", amount=5000)

    assert QuotaUsage.objects.get(tenant=in_acme, scope="organisation").reserved == 100


def test_a_reservation_whose_work_was_lost_expires(in_acme):
    limit(in_acme, 100)
    lost = quota_reserve(actor=ADA, kind="tokens", amount=100, life=timedelta(seconds=-1))

    quota_reserve(actor=ADA, kind="tokens", amount=100)

    assert QuotaReservation.objects.get(pk=lost.id).status == ReservationStatus.EXPIRED
    assert figures() == (0, 100)


def test_the_round_frees_what_expired_and_nothing_else(in_acme):
    quota_reserve(actor=ADA, kind="tokens", amount=6)
    quota_reserve(actor=ADA, kind="tokens", amount=5, life=timedelta(seconds=-1))

    assert quotas_expire() == 1
    assert quotas_expire() == 0
    assert figures() == (0, 6)


def test_work_that_outlived_its_reservation_is_counted_all_the_same(in_acme):
    late = quota_reserve(actor=ADA, kind="tokens", amount=100, life=timedelta(seconds=-1))
    quotas_expire()

    assert quota_settle(reservation_id=late.id, amount=40)
    assert figures() == (40, 0)


def test_a_job_s_total_is_counted_once_however_often_it_ends(in_acme):
    job = uuid4()
    quota_reserve(actor=ADA, kind="tokens", amount=100, project_id=PROJECT, reference=job)
    settle = {"reference": job, "kind": "tokens", "project_id": PROJECT, "person_id": ADA.user_id}
    quota_settle_total(total=70, **settle)
    quota_settle_total(total=70, **settle)
    assert figures() == (70, 0)

    quota_reserve(actor=ADA, kind="tokens", amount=50, project_id=PROJECT, reference=job)  # it is tried again
    assert figures() == (70, 50)
    quota_settle_total(total=95, **settle)
    assert figures() == (95, 0)


def test_use_without_a_reservation_is_counted(in_acme):
    quota_settle_total(total=12, reference=uuid4(), kind="tokens", project_id=PROJECT, person_id=None)
    assert [figures("organisation"), figures("project")] == [(12, 0)] * 2


def test_a_month_has_its_own_count_and_ends_at_midnight_utc():
    assert month_end(month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))) == datetime(2027, 1, 1, tzinfo=UTC)
    assert month_end(month_of(datetime(2026, 2, 1, tzinfo=UTC))) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "planet"}, ValidationFailed),
        ({"kind": "gold"}, ValidationFailed),
        ({"scope": "person", "kind": "members"}, ValidationFailed),
        ({"limit": -1}, ValidationFailed),
        ({"limit": Decimal("NaN")}, ValidationFailed),
        ({"limit": Decimal("Infinity")}, ValidationFailed),
        ({"limit": 10**14}, ValidationFailed),
        ({"subject_id": uuid4()}, ValidationFailed),
        ({"tenant_id": uuid4()}, NotFound),
        ({"actor": ADA}, PermissionDenied),
    ],
)
def test_a_quota_that_can_not_be_is_refused_and_nothing_written(in_acme, changes, error):
    good = {"actor": SYSTEM, "tenant_id": in_acme.pk, "scope": "organisation", "kind": "tokens", "limit": 5}
    with pytest.raises(error):
        quota_set(**{**good, **changes})
    assert not Quota.objects.exists()


def test_setting_a_quota_is_recorded_where_it_holds(in_acme):
    limit(in_acme, 5, scope="person", subject_id=ADA.user_id)

    event = SecurityEvent.objects.get(action="quota.set")

    assert (event.target_label, str(event.target_id)) == ("person tokens", str(ADA.user_id))
    assert event.metadata == {"limit": "5"}


def test_a_negative_amount_is_refused(in_acme):
    with pytest.raises(ValidationFailed):
        quota_reserve(actor=ADA, kind="tokens", amount=-1)


def test_of_forty_at_once_exactly_ten_get_a_reservation(fresh_tenant, run_threads):
    tenant = fresh_tenant()
    limit(tenant, 100)

    def reserve(index):
        with tenant_context(tenant):
            return quota_reserve(actor=ADA if index % 2 else BOB, kind="tokens", amount=10, project_id=PROJECT).id

    results = run_threads(40, reserve)

    assert [type(result) for result in results if isinstance(result, Exception)] == [QuotaReached] * 30
    row = QuotaUsage.objects.get(tenant=tenant, scope="organisation", kind="tokens")
    assert (row.used, row.reserved) == (0, 100)


def test_reserving_settling_and_expiring_side_by_side_leaves_nothing_set_aside(fresh_tenant, run_threads):
    tenant = fresh_tenant()
    limit(tenant, 1000)
    projects = [uuid4(), uuid4()]

    def work(index):
        with tenant_context(tenant):
            for turn in range(6):
                lost = index % 4 == 3
                life = timedelta(seconds=-1) if lost else timedelta(hours=1)
                actor = ADA if (index + turn) % 2 else BOB
                taken = quota_reserve(
                    actor=actor, kind="tokens", amount=7, project_id=projects[(index + turn) % 2], life=life
                )
                if lost:
                    quotas_expire(tenant_id=tenant.pk)
                elif turn % 2:
                    quota_release(reservation_id=taken.id)
                else:
                    quota_settle(reservation_id=taken.id, amount=3)

    assert run_threads(12, work) == [None] * 12
    quotas_expire(tenant_id=tenant.pk)
    rows = QuotaUsage.objects.filter(tenant=tenant, kind="tokens")
    assert {row.reserved for row in rows} == {0}
    assert {(row.scope, row.used) for row in rows if row.scope == "organisation"} == {("organisation", 9 * 3 * 3)}


def test_members_up_to_the_quota_and_not_one_more_at_once(fresh_tenant, run_threads):
    tenant = fresh_tenant()
    limit(tenant, 3, kind="members")
    candidates = [people.person(None) for _ in range(8)]

    def join(index):
        with transaction.atomic():
            return people_services.membership_open(user=candidates[index], tenant=tenant, role="member")

    results = run_threads(8, join)

    assert sum(isinstance(result, QuotaReached) for result in results) == 5, results
    assert Membership.objects.filter(tenant=tenant, is_active=True).count() == 3


def test_admitting_outside_of_a_transaction_is_a_mistake_in_the_code(fresh_tenant):
    tenant = fresh_tenant()
    limit(tenant, 3, kind="members")
    forget_limits()
    with pytest.raises(RuntimeError, match="transaction"):
        quota_admit(actor=SYSTEM, kind="members", tenant_id=tenant.pk)
