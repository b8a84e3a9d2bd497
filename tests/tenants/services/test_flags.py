"""Rules of flags are set and cleared by operators, once each, on record, and told to every process."""

from decimal import Decimal
from uuid import uuid4

import pytest

from audit.models import SecurityEvent
from config.kernel.context import SYSTEM
from config.kernel.errors import NotFound, PermissionDenied, ValidationFailed
from tenants.exceptions import NoSuchTenant
from tenants.flags import flag_enabled, snapshot
from tenants.models import FlagRule
from tenants.services.flags import flag_clear, flag_set
from tenants.services.people import operator_appoint

NAME = "self_signup"


@pytest.fixture
def events(db):
    """The recorded changes of flags: (action, actor's label, metadata)."""

    def recorded():
        found = SecurityEvent.objects.filter(action__startswith="flag.").order_by("id")
        return [(event.action, event.actor_label, event.metadata) for event in found]

    return recorded


def test_set_rule_is_in_force_after_the_commit(db, acme, django_capture_on_commit_callbacks):
    assert flag_enabled(NAME, schema=acme.schema_name) is False
    with django_capture_on_commit_callbacks(execute=True):
        flag_set(actor=SYSTEM, name=NAME, percentage=100, tenant_id=acme.pk)
        assert flag_enabled(NAME, schema=acme.schema_name) is False
    assert flag_enabled(NAME, schema=acme.schema_name) is True
    assert flag_enabled(NAME) is False
    with django_capture_on_commit_callbacks(execute=True):
        flag_clear(actor=SYSTEM, name=NAME, tenant_id=acme.pk)
    assert flag_enabled(NAME, schema=acme.schema_name) is False
    assert not FlagRule.objects.exists()


def test_changes_are_recorded_with_before_and_after_and_repetitions_are_not(db, acme, make_person, actor_of, events):
    operator = operator_appoint(actor=SYSTEM, user_id=make_person(None, email="op@example.org").pk)
    actor = actor_of(operator, acme)
    flag_set(actor=actor, name=NAME, percentage=Decimal("12.5"))
    flag_set(actor=actor, name=NAME, percentage=Decimal("12.50"))
    flag_set(actor=actor, name=NAME, percentage=20)
    flag_clear(actor=actor, name=NAME)
    low = {"percentage": "12.50", "unit": "person", "salt": ""}
    high = {"percentage": "20.00", "unit": "person", "salt": ""}
    assert [(action, label, data["before"], data["after"]) for action, label, data in events()] == [
        ("flag.set", "op@example.org", None, low),
        ("flag.set", "op@example.org", low, high),
        ("flag.cleared", "op@example.org", high, None),
    ]


def test_change_in_a_tenant_is_recorded_on_the_platform(in_acme, events):
    flag_set(actor=SYSTEM, name=NAME, percentage=0, tenant_id=in_acme.pk)
    assert events() == []
    from_platform = SecurityEvent.objects.raw(
        "SELECT * FROM public.audit_securityevent WHERE action = 'flag.set'"  # the record of the operators
    )
    assert [event.metadata["who"] for event in from_platform] == ["acme"]


def test_rule_keeps_its_salt_unless_another_is_given(db):
    flag_set(actor=SYSTEM, name=NAME, percentage=10, salt="spring")
    flag_set(actor=SYSTEM, name=NAME, percentage=20)
    assert FlagRule.objects.get().salt == "spring"
    flag_set(actor=SYSTEM, name=NAME, percentage=20, salt="")
    assert FlagRule.objects.get().salt == ""


def test_admin_of_an_organisation_may_not_touch_flags(in_acme, make_person, actor_of):
    admin = actor_of(make_person(in_acme, role="admin"), in_acme)
    with pytest.raises(PermissionDenied):
        flag_set(actor=admin, name=NAME, percentage=100, tenant_id=in_acme.pk)
    flag_set(actor=SYSTEM, name=NAME, percentage=0, tenant_id=in_acme.pk)
    with pytest.raises(PermissionDenied):
        flag_clear(actor=admin, name=NAME, tenant_id=in_acme.pk)
    assert FlagRule.objects.get().percentage == 0


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", {"name": "nosuch"}),
        ("name", {"name": "bad\0name"}),
        ("percentage", {"percentage": -1}),
        ("percentage", {"percentage": Decimal("100.01")}),
        ("percentage", {"percentage": Decimal("12.345")}),
        ("percentage", {"percentage": Decimal("NaN")}),
        ("percentage", {"percentage": Decimal("Infinity")}),
        ("unit", {"unit": "planet"}),
        ("salt", {"salt": "x" * 33}),
        ("salt", {"salt": "a\0b"}),
        ("salt", {"salt": "\ud800"}),
    ],
)
def test_wrong_values_are_named_and_nothing_is_written(db, events, field, wrong):
    with pytest.raises(ValidationFailed) as refused:
        flag_set(actor=SYSTEM, **{"name": NAME, "percentage": 50, **wrong})
    assert list(refused.value.details["fields"]) == [field]
    assert not FlagRule.objects.exists()
    assert events() == []


def test_scopes_that_can_not_be_are_refused(db, acme, make_person):
    ada = make_person(acme)
    for field, wrong in [
        ("percentage", {"percentage": 50, "user_id": ada.pk}),
        ("unit", {"percentage": 50, "unit": "organisation", "tenant_id": acme.pk}),
        ("user", {"percentage": 100, "user_id": ada.pk, "tenant_id": acme.pk}),
    ]:
        with pytest.raises(ValidationFailed) as refused:
            flag_set(actor=SYSTEM, name=NAME, **wrong)
        assert list(refused.value.details["fields"]) == [field]
    with pytest.raises(NoSuchTenant):
        flag_set(actor=SYSTEM, name=NAME, percentage=100, tenant_id=uuid4())
    with pytest.raises(NotFound):
        flag_set(actor=SYSTEM, name=NAME, percentage=100, user_id=uuid4())
    with pytest.raises(NotFound):
        flag_clear(actor=SYSTEM, name=NAME)
    assert not FlagRule.objects.exists()


def test_rule_of_a_flag_that_is_gone_can_be_cleared(db):
    FlagRule.objects.create(name="former", percentage=100)
    flag_clear(actor=SYSTEM, name="former")
    assert not FlagRule.objects.exists()


def test_many_setting_one_rule_at_once_leave_one(committing, organisations, run_threads):
    tenant = organisations.acme

    def set_one(index):
        flag_set(actor=SYSTEM, name=NAME, percentage=index, tenant_id=tenant.pk)
        return True

    assert run_threads(8, set_one) == [True] * 8
    assert FlagRule.objects.filter(tenant=tenant).count() == 1


def test_rolled_back_change_is_not_told(db, monkeypatch, django_capture_on_commit_callbacks):
    told = []
    monkeypatch.setattr(snapshot, "announce", lambda: told.append(True))
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ValidationFailed):
        flag_set(actor=SYSTEM, name="nosuch", percentage=1)
    assert told == []
    with django_capture_on_commit_callbacks(execute=True):
        flag_set(actor=SYSTEM, name=NAME, percentage=1)
    assert told == [True]
