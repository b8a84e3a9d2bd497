"""Operators set and clear flag rules in the platform's admin, through the services."""

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import SecurityEvent
from config.kernel.context import SYSTEM
from tenants.models import FlagRule
from tenants.services.people import operator_appoint

ADD = reverse("admin:tenants_flagrule_add")


@pytest.fixture
def at_platform(db, make_person):
    user = operator_appoint(actor=SYSTEM, user_id=make_person(None, email="operator@example.org").pk)
    client = Client(headers={"host": "testserver"})
    client.force_login(user)
    return client


def _fields(**given):
    return {"name": "self_signup", "tenant": "", "user": "", "percentage": "100", "unit": "person", "salt": "", **given}


def _page(rule, what):
    return reverse(f"admin:tenants_flagrule_{what}", args=[rule.pk])


def test_operator_makes_changes_and_clears_a_rule_on_record(at_platform, acme):
    earlier = set(SecurityEvent.objects.values_list("id", flat=True))  # other tests commit theirs
    assert at_platform.get(ADD).status_code == 200
    assert at_platform.post(ADD, _fields(tenant=str(acme.pk))).status_code == 302
    rule = FlagRule.objects.get()
    assert (rule.name, rule.tenant, rule.percentage) == ("self_signup", acme, 100)
    page = at_platform.get(_page(rule, "change"))
    assert page.status_code == 200
    answer = at_platform.post(_page(rule, "change"), {"percentage": "12.5", "unit": "person", "salt": "spring"})
    assert answer.status_code == 302
    rule.refresh_from_db()
    assert (rule.tenant, str(rule.percentage), rule.salt) == (acme, "12.50", "spring")
    listed = at_platform.get(reverse("admin:tenants_flagrule_changelist"))
    assert b"12.5 %" in listed.content
    assert at_platform.post(_page(rule, "delete"), {"post": "yes"}).status_code == 302
    assert not FlagRule.objects.exists()
    events = SecurityEvent.objects.filter(action__startswith="flag.").exclude(id__in=earlier).order_by("id")
    assert [(event.action, event.actor_label) for event in events] == [
        ("flag.set", "operator@example.org"),
        ("flag.set", "operator@example.org"),
        ("flag.cleared", "operator@example.org"),
    ]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"percentage": "101"}, "less than or equal to 100"),
        ({"name": "nosuch"}, "not one of the available choices"),
        ({"unit": "planet"}, "not one of the available choices"),
    ],
)
def test_wrong_values_stay_on_the_page_with_a_sentence(at_platform, wrong, sentence):
    answer = at_platform.post(ADD, _fields(**wrong))
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not FlagRule.objects.exists()


def test_second_rule_for_the_same_people_is_refused_on_the_page(at_platform):
    at_platform.post(ADD, _fields(percentage="10"))
    answer = at_platform.post(ADD, _fields(percentage="20"))
    assert "There is a rule of this flag for them already." in answer.content.decode()
    assert FlagRule.objects.get().percentage == 10


def test_rule_of_a_flag_that_is_gone_can_be_read_and_cleared_but_not_changed(at_platform):
    rule = FlagRule.objects.create(name="former", percentage=100)
    assert at_platform.get(_page(rule, "change")).status_code == 200
    assert at_platform.post(_page(rule, "change"), _fields(percentage="1")).status_code == 403
    assert at_platform.post(_page(rule, "delete"), {"post": "yes"}).status_code == 302
    assert not FlagRule.objects.exists()
