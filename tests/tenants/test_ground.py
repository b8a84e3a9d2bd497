"""The test ground itself: what it promises to every other test."""

import pytest
from django.db import connection
from django_tenants.utils import tenant_context

from projects.models import Project
from tenants.models import Membership, Tenant, User


def test_in_acme_stands_in_acme(in_acme):
    assert connection.schema_name == in_acme.schema_name
    assert Project.objects.count() == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_rows_of_a_test_are_rolled_back(in_acme, turn):
    assert not Project.objects.exists()
    Project.objects.create(kind="novel", title=f"turn {turn}")
    assert Project.objects.count() == 1


def test_organisations_are_separate(in_acme, globex):
    Project.objects.create(kind="novel", title="ours")
    with tenant_context(globex):
        assert not Project.objects.exists()
    assert Project.objects.get().title == "ours"


def test_request_leaves_the_connection_where_it_was(in_acme, globex, make_person, api):
    client = api(make_person(globex), globex)
    client.get("/api/v1/nowhere")
    assert connection.schema_name == in_acme.schema_name


def test_committed_organisation_is_seen_by_other_connections(fresh_tenant, make_person, run_threads):
    tenant = fresh_tenant()
    make_person(tenant, role="admin", email="committed@example.org")

    def write(index):
        with tenant_context(tenant):
            return Project.objects.create(kind="novel", title=str(index)).pk

    written = run_threads(4, write)
    with tenant_context(tenant):
        assert set(Project.objects.values_list("pk", flat=True)) == set(written)


def test_committed_rows_of_the_former_test_are_gone(committing):
    assert set(Tenant.objects.values_list("slug", flat=True)) == {"acme", "globex"}
    assert not User.objects.filter(email="committed@example.org").exists()
    assert not Membership.objects.filter(user__email="committed@example.org").exists()


def test_run_threads_hands_back_exceptions(run_threads):
    def work(index):
        if index == 1:
            raise ValueError("no")
        return index

    first, second = run_threads(2, work)
    assert first == 0
    assert isinstance(second, ValueError)
