"""Roles changed at the same time, and organisations whose content types are numbered differently."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django_tenants.utils import tenant_context

from collaboration.exceptions import LastHolder
from collaboration.models import RoleGrant
from collaboration.services.projection import projected_abilities, projected_objects
from collaboration.services.roles import role_grant, role_revoke
from config.kernel.context import SYSTEM
from projects.constants import PROJECT_TYPE
from projects.permissions import ROLES, TARGET
from projects.services.projects import project_create

pytestmark = pytest.mark.committed


def test_two_owners_leaving_together_leave_one_behind(fresh_tenant, make_person, actor_of, run_threads):
    tenant = fresh_tenant()
    owners = [actor_of(make_person(tenant), tenant) for _number in range(2)]
    for _round in range(5):
        with tenant_context(tenant):
            project = project_create(actor=owners[0], kind="novel", title="Sea")
            where = {"target_type": PROJECT_TYPE, "target_id": project.pk}
            role_grant(actor=SYSTEM, user_id=owners[1].user_id, role="owner", **where)

        def leave(index, where=where):
            with tenant_context(tenant):
                role_revoke(actor=owners[index], user_id=owners[index].user_id, **where)

        results = run_threads(2, leave)

        assert sorted(type(result).__name__ for result in results) == ["LastHolder", "NoneType"], results
        assert any(isinstance(result, LastHolder) for result in results)
        with tenant_context(tenant):
            assert RoleGrant.objects.filter(role="owner", **where).count() == 1


def test_grants_to_one_person_at_once_leave_one_role_and_its_projection(
    fresh_tenant, make_person, actor_of, run_threads
):
    tenant = fresh_tenant()
    person = make_person(tenant)
    with tenant_context(tenant):
        project = project_create(actor=actor_of(make_person(tenant), tenant), kind="novel", title="Sea")

    def give(index):
        with tenant_context(tenant):
            return role_grant(
                actor=SYSTEM,
                target_type=PROJECT_TYPE,
                target_id=project.pk,
                user_id=person.pk,
                role=("viewer", "editor", "owner")[index % 3],
            )

    results = run_threads(9, give)

    assert not [result for result in results if isinstance(result, Exception)]
    with tenant_context(tenant):
        grant = RoleGrant.objects.get(user=person)
        assert projected_abilities(TARGET, user_id=person.pk, target_id=project.pk) == ROLES[grant.role]


def test_drifted_organisations_side_by_side_grant_nothing_by_mistake(fresh_tenant, make_person, actor_of, run_threads):
    tenants = [fresh_tenant(), fresh_tenant()]
    with tenant_context(tenants[1]), connection.cursor() as cursor:
        cursor.execute("UPDATE django_content_type SET id = id + 5000 WHERE app_label = 'projects'")
    ContentType.objects.clear_cache()
    people = [[actor_of(make_person(tenant), tenant) for _number in range(2)] for tenant in tenants]

    def work(index):
        tenant, (owner, stranger) = tenants[index % 2], people[index % 2]
        with tenant_context(tenant):
            for _round in range(10):
                project = project_create(actor=owner, kind="novel", title=str(index))
                assert projected_abilities(TARGET, user_id=owner.user_id, target_id=project.pk) == ROLES["owner"]
                assert projected_abilities(TARGET, user_id=stranger.user_id, target_id=project.pk) == frozenset()
            return {found.pk for found in projected_objects(TARGET, user_id=stranger.user_id, ability="view")}

    results = run_threads(6, work)
    assert results == [set()] * 6, [getattr(r, "details", r) for r in results]
