"""Organisations side by side in one process: threads, pooled connections, caches, content types."""

import json
import subprocess
import sys
import threading

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from collaboration.services.roles import role_grant
from config.kernel.context import SYSTEM
from projects.models import Project
from projects.querysets import PROJECT_TYPE
from projects.services.projects import project_create
from tenants.constants import TEMPLATE_SCHEMA
from tenants.services.content_types import content_types_repeat
from tenants.services.organisations import organisation_create
from tests.ground.clients import actor_of, signed_in


def test_with_tenant_is_refused(acme):
    with pytest.raises(TypeError, match="tenant_context"), acme:
        pytest.fail("entered")


def test_threads_keep_to_their_own_organisation(fresh_tenant, run_threads):
    tenants = [fresh_tenant() for _ in range(2)]
    for tenant in tenants:
        with tenant_context(tenant):
            Project.objects.create(kind="novel", title=tenant.slug)
    both_inside = threading.Barrier(6)

    def work(index):
        seen = []
        for turn in range(20):
            tenant = tenants[(index + turn) % 2]
            with tenant_context(tenant):
                both_inside.wait(30)
                seen.append((tenant.slug, Project.objects.get().title))
            assert connection.schema_name == "public"
        return seen

    for seen in run_threads(6, work):
        assert [wanted for wanted, _found in seen] == [found for _wanted, found in seen]


POOLED = """
import json, sys, threading
from concurrent.futures import ThreadPoolExecutor
import django
django.setup()
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.test import Client
from django.db import connection
assert settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] == 2
visits = json.loads(sys.stdin.read())

def visit(index):
    host, token, title = visits[index % len(visits)]
    headers = {"host": host, "authorization": f"Bearer {token}"}
    answer = Client(raise_request_exception=False).get("/api/v1/projects", headers=headers)
    if index % 7 == 0:
        Client(raise_request_exception=False).get(f"/api/v1/projects/{'0' * 40}", headers=headers)
    request_finished.send(sender=visit)
    results = answer.json()["data"]["results"] if answer.status_code == 200 else answer.status_code
    return [row["title"] for row in results] == [title] if isinstance(results, list) else str(results)

with ThreadPoolExecutor(8) as pool:
    print(json.dumps([str(found) for found in pool.map(visit, range(240))]))
"""


def test_pooled_connections_never_carry_an_organisation_to_the_next_request(
    fresh_tenant, make_person, process_environment
):
    visits = []
    for tenant in (fresh_tenant(), fresh_tenant()):
        user = make_person(tenant)
        with tenant_context(tenant):
            project_create(actor=actor_of(user, tenant), kind="novel", title=tenant.slug)
        token = signed_in(user, tenant).defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        visits.append([f"{tenant.slug}.testserver", token, tenant.slug])
    environment = {**process_environment, "STUDIO_PROCESS": "web", "DATABASE_POOL_MAX": "2", "LOG_LEVEL": "ERROR"}
    finished = subprocess.run(
        [sys.executable, "-c", POOLED],
        input=json.dumps(visits), env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert json.loads(finished.stdout.splitlines()[-1]) == ["True"] * 240


def test_cache_of_one_organisation_is_not_another_s(in_acme, globex):
    cache, everybody = caches["default"], caches["global"]
    cache.set("flag", "acme")
    everybody.set("shared", "all")
    try:
        with tenant_context(globex):
            assert cache.get("flag") is None
            cache.set("flag", "globex")
            assert everybody.get("shared") == "all"
        with schema_context("public"):
            assert cache.get("flag") is None
        assert cache.get("flag") == "acme"
    finally:
        cache.delete("flag")
        everybody.delete("shared")
        with tenant_context(globex):
            cache.delete("flag")


def _content_types(schema):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app_label, model, id FROM {schema}.django_content_type")
        return {(app, model): found for app, model, found in cursor.fetchall()}


def test_content_types_have_the_same_ids_everywhere(db, acme):
    public = _content_types("public")
    assert _content_types(TEMPLATE_SCHEMA) == public
    assert _content_types(acme.schema_name) == public


def test_schema_migrated_from_zero_takes_the_ids_of_public(committing):
    # Public has a history: a model that came and went, and ids in another order than Django would give today.
    gone = ContentType.objects.create(id=70_000, app_label="gone", model="thing")
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA org_late")
        call_command("migrate_schemas", schema_name="org_late", interactive=False, verbosity=0)
        assert _content_types("org_late") == _content_types("public")
    finally:
        with connection.cursor() as cursor:  # the ORM would look for rows that point here in tables of organisations
            cursor.execute("DELETE FROM public.django_content_type WHERE id = %s", [gone.pk])


def test_new_models_get_the_id_of_public(db, acme):
    ContentType.objects.create(app_label="later", model="thing")
    public = _content_types("public")
    assert ("later", "thing") in public
    assert content_types_repeat(acme.schema_name) == []
    assert _content_types(acme.schema_name) == public
    with tenant_context(acme):
        assert ContentType.objects.create(app_label="later", model="own").pk > max(public.values())


def test_taken_id_is_said_and_does_not_stop(db, acme):
    with tenant_context(acme):
        own = ContentType.objects.create(app_label="own", model="thing")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO public.django_content_type (id, app_label, model) VALUES (%s, 'later', 'thing')", [own.pk]
        )
    assert content_types_repeat(acme.schema_name) == ["later.thing"]
    assert _content_types(acme.schema_name)["later", "thing"] != own.pk


def test_migrating_an_organisation_writes_no_permissions(committing):
    def rows():
        return set(Permission.objects.values_list("codename", "content_type__app_label", "content_type__model"))

    before = rows()
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA org_late")
    call_command("migrate_schemas", schema_name="org_late", interactive=False, verbosity=0)
    assert rows() == before
    for codename, app, model in before:
        # Django's own are named after their model: a row of a wrong content type shows at once.
        if codename.partition("_")[0] in {"add", "change", "delete", "view"}:
            assert codename.endswith(f"_{model}"), (codename, app)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('org_late.auth_permission')")
        assert cursor.fetchone() == (None,)


def _drift(tenant, distance):
    """Number the organisation's content types otherwise, as one does that was migrated in another order."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {tenant.schema_name}.django_content_type SET id = id + 100000")
        cursor.execute(
            f"UPDATE {tenant.schema_name}.django_content_type t SET id = s.number FROM (SELECT id,"
            f" (row_number() OVER (ORDER BY id) + {distance}) %% count(*) OVER () + 1 AS number"
            f" FROM {tenant.schema_name}.django_content_type) s WHERE s.id = t.id".replace("%%", "%")
        )


def test_drifted_content_types_grant_nothing(fresh_tenant, make_person, run_threads):
    """Two organisations whose ids mean different models, asked by threads at once: each sees its own grants alone."""
    tenants = [fresh_tenant(), fresh_tenant()]
    reader, owner = make_person(None), make_person(None)
    for distance, tenant in enumerate(tenants):
        _drift(tenant, 3 + 4 * distance)
    assert len({_content_types(tenant.schema_name)["projects", "project"] for tenant in tenants}) == 2
    granted, hidden = {}, {}
    for tenant in tenants:
        make_membership(reader, tenant)
        make_membership(owner, tenant)
        with tenant_context(tenant):
            for kept, title in ((granted, "granted"), (hidden, "hidden")):
                project = project_create(actor=actor_of(owner, tenant), kind="novel", title=title)
                kept[tenant.pk] = str(project.pk)
            role_grant(
                actor=SYSTEM, target_type=PROJECT_TYPE, target_id=granted[tenant.pk], user_id=reader.pk, role="viewer"
            )

    def work(index):
        tenant = tenants[index % 2]
        client = signed_in(reader, tenant)
        return [
            (
                [row["id"] for row in client.get("/api/v1/projects").json()["data"]["results"]],
                client.get(f"/api/v1/projects/{granted[tenant.pk]}").status_code,
                client.get(f"/api/v1/projects/{hidden[tenant.pk]}").status_code,
            )
            for _turn in range(15)
        ]

    for index, answers in enumerate(run_threads(4, work)):
        assert answers == [([granted[tenants[index % 2].pk]], 200, 404)] * 15


def make_membership(user, tenant):
    user.memberships.create(tenant=tenant, role="member")


def test_organisation_made_in_a_request_does_not_move_the_request(in_acme):
    before = connection.tenant
    organisation_create(actor=SYSTEM, slug="initech", name="Initech")
    assert connection.tenant is before
