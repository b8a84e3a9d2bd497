"""Quotas in the platform's admin: set, changed and taken away by operators through the service."""

import pytest
from django.test import Client
from django.urls import reverse

from config.kernel.context import SYSTEM
from tenants.models import Quota
from tenants.services.people import operator_appoint
from tests.factories.people import PASSWORD


@pytest.fixture
def operator(db, make_person):
    person = operator_appoint(actor=SYSTEM, user_id=make_person(None, email="operator@example.org").pk)
    browser = Client(HTTP_HOST="testserver")
    assert browser.login(username=person.email, password=PASSWORD)
    return browser


def typed(organisation, **changes):
    return {
        "tenant": str(organisation.pk),
        "scope": "organisation",
        "subject_id": "",
        "kind": "tokens",
        "limit": "5",
        **changes,
    }


def test_an_operator_sets_changes_and_takes_away_a_quota(operator, acme):
    assert operator.post(reverse("admin:tenants_quota_add"), typed(acme)).status_code == 302
    row = Quota.objects.get()
    assert (row.tenant_id, row.scope, row.kind, row.limit) == (acme.pk, "organisation", "tokens", 5)

    change = reverse("admin:tenants_quota_change", args=[row.pk])
    assert operator.post(change, {"limit": "9", "kind": "spend"}).status_code == 302
    assert Quota.objects.values_list("pk", "kind", "limit").get() == (row.pk, "tokens", 9)

    assert operator.post(reverse("admin:tenants_quota_delete", args=[row.pk]), {"post": "yes"}).status_code == 302
    assert not Quota.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"limit": "-1"},
        {"limit": "many"},
        {"scope": "person", "kind": "members"},
        {"subject_id": "01a1f961-8ca8-75bc-bb70-b6c36ab503dd"},
        {"subject_id": "nonsense", "scope": "person"},
        {"kind": "gold"},
        {"tenant": ""},
    ],
)
def test_what_can_not_be_is_said_at_its_field_and_nothing_is_written(operator, acme, changes):
    answer = operator.post(reverse("admin:tenants_quota_add"), typed(acme, **changes))

    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not Quota.objects.exists()


def test_the_same_quota_twice_is_refused(operator, acme):
    operator.post(reverse("admin:tenants_quota_add"), typed(acme))

    assert operator.post(reverse("admin:tenants_quota_add"), typed(acme, limit="7")).status_code == 200
    assert Quota.objects.get().limit == 5
