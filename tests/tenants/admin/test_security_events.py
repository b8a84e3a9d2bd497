"""Security events in the admin: read on both faces, each its own record, changed on none."""

import pytest
from django.test import Client
from django.urls import reverse
from django_tenants.utils import tenant_context

from audit.models import SecurityEvent
from audit.services.actions import register_actions
from audit.services.events import security_event
from config.kernel.context import SYSTEM
from tenants.services.people import operator_appoint
from tests.factories.people import PASSWORD

LIST = reverse("admin:audit_securityevent_changelist")


@pytest.fixture
def recorded(db, acme):
    """One event of the platform, one of acme: their ids."""
    register_actions("test.happened")
    security_event(action="test.happened", target_label="on the platform", schema="public")
    security_event(action="test.happened", target_label="in acme", schema=acme.schema_name)
    with tenant_context(acme):
        return SecurityEvent.objects.get(action="test.happened").pk


def browser(person, host):
    client = Client(HTTP_HOST=host)
    assert (
        client.post("/admin/login/?next=/admin/", {"username": person.email, "password": PASSWORD}).status_code == 302
    )
    return client


def test_operator_reads_the_platforms_record_alone(recorded, make_person):
    person = operator_appoint(actor=SYSTEM, user_id=make_person(None).pk)
    page = browser(person, "testserver").get(LIST, {"q": "on the"}).content.decode()

    assert "on the platform" in page
    assert "in acme" not in page


def test_admin_reads_searches_and_filters_the_organisations_record(recorded, acme, make_person):
    client = browser(make_person(acme, role="admin"), "acme.testserver")

    page = client.get(LIST, {"group": "test"}).content.decode()
    assert "in acme" in page
    assert "on the platform" not in page
    assert "in acme" not in client.get(LIST, {"q": "nothing so named"}).content.decode()
    assert client.get(reverse("admin:audit_securityevent_change", args=[recorded])).status_code == 200


def test_nobody_changes_an_event(recorded, acme, make_person):
    client = browser(make_person(acme, role="admin"), "acme.testserver")

    for name in ("change", "delete"):
        address = reverse(f"admin:audit_securityevent_{name}", args=[recorded])
        assert client.post(address, {"target_label": "other", "post": "yes"}).status_code == 403
    assert client.get(reverse("admin:audit_securityevent_add")).status_code == 403
    with tenant_context(acme):
        assert SecurityEvent.objects.get(pk=recorded).target_label == "in acme"


def test_member_sees_no_page(recorded, acme, make_person):
    client = Client(HTTP_HOST="acme.testserver")
    client.force_login(make_person(acme))
    assert client.get(LIST).status_code == 302
