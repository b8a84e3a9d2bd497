"""Which organisation a request is for: host, header and claim must agree, and nothing is read before they do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.kernel.context import SYSTEM
from projects.models import Project
from tenants.selectors import directory
from tenants.services import organisations
from tenants.services.people import membership_change, person_add

LIST = "/api/v1/projects"


def _code(answer):
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, (answer.json()["error"] or {}).get("code")


@pytest.mark.parametrize(
    "host",
    ["acme.testserver", "acme.testserver:8443", "acme.testserver.", "ACME.TestServer", "Acme.testserver.:80"],
)
def test_host_is_the_same_however_it_is_written(in_acme, make_person, api, host):
    Project.objects.create(kind="novel", title="x")
    client = api(make_person(in_acme), in_acme, host=host)
    assert _code(client.get(LIST)) == (200, None)


@pytest.mark.parametrize(
    "host",
    [
        "nobody.testserver",
        "www.testserver",
        "a.acme.testserver",
        "public.testserver",
        "template-organisation.testserver",
        "template_organisation.testserver",
        "other.example",
        "acme.other.example",
        "xn--acm-dma.testserver",
        "127.0.0.1.nip.io",
        "acme-.testserver",
        "testserver.evil.example",
        "acme%00.testserver",
    ],
)
def test_host_that_nobody_owns_is_not_found(in_acme, anonymous_api, host):
    assert _code(anonymous_api(None, host=host).get(LIST)) in {(404, "not_found"), (400, "malformed")}


@pytest.mark.parametrize(
    "host",
    ["acme.testserver/../x", "a b.testserver", "acme.testserver:port", "", "[::1", "\ud800.testserver", "ü.testserver"],
)
def test_host_that_is_none_is_refused(db, anonymous_api, host):
    assert _code(anonymous_api(None, host=host or "[").get(LIST)) in {(400, "malformed"), (404, "not_found")}


def test_schema_name_is_no_host_and_no_header(in_acme, make_person, api, anonymous_api):
    client = api(make_person(in_acme), in_acme)
    client.defaults["HTTP_X_TENANT"] = in_acme.schema_name
    assert _code(client.get(LIST))[0] in (401, 404, 409)
    answer = anonymous_api(None, host=f"{in_acme.schema_name}.testserver").get(LIST)
    assert _code(answer) in {(404, "not_found"), (400, "malformed")}  # Django takes no host with an underscore


@pytest.mark.parametrize(
    "header",
    [
        "nobody",
        "public",
        "Acme ",
        "ACME",
        "a\0b",
        "x" * 10_000,
        "nope','tb",
        'a"b',
        "../acme",
        "\xff\xfe",
        "acme,globex",
    ],
)
def test_header_that_names_nobody_lets_nobody_in(in_acme, make_person, api, anonymous_api, header):
    client = api(make_person(in_acme), in_acme)
    client.defaults["HTTP_X_TENANT"] = header
    status, code = _code(client.get(LIST))
    assert (status, code) in {(401, "tenant_mismatch"), (404, "not_found"), (400, "malformed")}
    anonymous = anonymous_api()
    anonymous.defaults["HTTP_X_TENANT"] = header
    assert _code(anonymous.get(LIST))[0] in (400, 401, 404)


def test_host_and_header_must_agree(in_acme, globex, make_person, api):
    user = make_person(in_acme)
    person_add(actor=SYSTEM, email=user.email, tenant=globex)
    client = api(user, in_acme, host="acme.testserver")
    client.defaults["HTTP_X_TENANT"] = "globex"
    assert _code(client.get(LIST)) == (401, "tenant_mismatch")
    client.defaults["HTTP_X_TENANT"] = "acme"
    assert _code(client.get(LIST)) == (200, None)


def test_host_and_claim_must_agree_even_for_a_member_of_both(in_acme, globex, make_person, api):
    user = make_person(in_acme)
    person_add(actor=SYSTEM, email=user.email, tenant=globex)
    client = api(user, in_acme, host="globex.testserver")
    assert _code(client.get(LIST)) == (401, "tenant_mismatch")


def test_header_and_claim_must_agree(in_acme, globex, make_person, api):
    user = make_person(in_acme)
    person_add(actor=SYSTEM, email=user.email, tenant=globex)
    client = api(user, in_acme)
    client.defaults["HTTP_X_TENANT"] = "globex"
    assert _code(client.get(LIST)) == (401, "tenant_mismatch")


@pytest.mark.parametrize("host", [None, "acme.testserver"])
def test_token_of_somebody_who_does_not_belong_opens_nothing(in_acme, globex, make_person, api, host):
    assert _code(api(make_person(globex), in_acme, host=host).get(LIST)) == (401, "tenant_mismatch")


def test_ended_membership_closes_the_door(in_acme, make_person, api):
    user = make_person(in_acme)
    client = api(user, in_acme)
    assert _code(client.get(LIST)) == (200, None)
    row = user.memberships.get()
    membership_change(actor=SYSTEM, membership_id=row.pk, is_active=False)
    assert _code(client.get(LIST))[0] == 401


@pytest.mark.parametrize("step", ["organisation_suspend", "organisation_delete"])
def test_nothing_is_read_for_an_organisation_that_is_not_served(in_acme, make_person, api, step):
    client = api(make_person(in_acme), in_acme)
    getattr(organisations, step)(actor=SYSTEM, tenant_id=in_acme.pk)
    with CaptureQueriesContext(connection) as captured:
        assert _code(client.get(LIST)) == (403, "tenant_suspended")
    assert not [query["sql"] for query in captured if "projects_" in query["sql"]]
    assert not [query["sql"] for query in captured if in_acme.schema_name in query["sql"].partition("FROM")[0]]


def test_steady_requests_do_not_look_the_organisation_up_again(in_acme, make_person, api):
    client = api(make_person(in_acme), in_acme, host="acme.testserver")
    client.get(LIST)
    with CaptureQueriesContext(connection) as captured:
        client.get(LIST)
    asked = [query["sql"] for query in captured]
    assert not [statement for statement in asked if "tenants_tenant" in statement or "tenants_domain" in statement]


def test_each_request_gets_its_own_copy_of_the_organisation(in_acme):
    """What a request does to the connection's tenant is not seen by the next one."""
    reference = directory.tenant_by_slug("acme")
    directory.use_tenant(reference)
    first = connection.tenant
    first.schema_name = "spoiled"
    directory.use_tenant(directory.tenant_by_slug("acme"))
    assert connection.tenant is not first
    assert connection.schema_name == in_acme.schema_name
    with pytest.raises(AttributeError):
        reference.schema_name = "spoiled"
