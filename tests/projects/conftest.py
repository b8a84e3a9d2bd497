"""A project and the people around it."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import tenant_context

from collaboration.services.roles import role_grant
from config.kernel.context import SYSTEM
from projects.constants import PROJECT_TYPE
from projects.services.projects import project_create

ROLES = ("owner", "editor", "viewer")


def company_of(tenant, make_person, actor_of, api):
    """A project with one person of each role, a stranger, and a client and an actor of each."""
    people = {role: make_person(tenant) for role in (*ROLES, "stranger")}
    actors = {name: actor_of(person, tenant) for name, person in people.items()}
    project = project_create(actor=actors["owner"], kind="novel", title="The Light")
    for role in ("editor", "viewer"):
        role_grant(
            actor=SYSTEM, target_type=PROJECT_TYPE, target_id=project.pk, user_id=actors[role].user_id, role=role
        )
    return SimpleNamespace(
        tenant=tenant,
        project=project,
        people=SimpleNamespace(**people),
        actors=SimpleNamespace(**actors),
        api=SimpleNamespace(**{name: api(person, tenant) for name, person in people.items()}),
    )


@pytest.fixture
def company(in_acme, make_person, actor_of, api):
    """A project of acme: `company.project`, `.people.owner`, `.actors.editor`, `.api.viewer`, `.api.stranger`."""
    return company_of(in_acme, make_person, actor_of, api)


@pytest.fixture
def committed_company(fresh_tenant, make_person, actor_of, api):
    """The same, committed, in an organisation of its own: for what happens at the same time."""
    tenant = fresh_tenant()
    with tenant_context(tenant):
        yield company_of(tenant, make_person, actor_of, api)


@pytest.fixture
def statements():
    """`with statements() as captured:` lists the SQL of a block."""
    return lambda: CaptureQueriesContext(connection)
