"""The ground that every test stands on.

Two organisations, `acme` and `globex`, exist once per session and worker. A test that uses `in_acme` runs inside a
transaction that is rolled back. A test of concurrency or of a worker commits: it uses `fresh_tenant`, an organisation
of its own that is gone afterwards. Nothing here flushes tables, because the public schema holds what all tests share.
"""

import copy
import os
import secrets
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
import redis
from django.conf import settings
from django.db import connection
from django_tenants.utils import tenant_context
from pytest_django.plugin import DjangoDbBlocker

from config.kernel.context import SYSTEM, Actor
from config.kernel.limits.policies import changed
from config.settings.limits import POLICIES
from tenants.flags import snapshot as flags
from tenants.models import Tenant, User
from tenants.selectors import directory
from tenants.selectors.quotas import forget_limits
from tenants.services.migration import organisations_migrate
from tenants.services.organisations import organisation_create
from tests.factories import people
from tests.ground import clients, committed, databases
from tests.ground import threads as ground_threads


def pytest_sessionstart(session: pytest.Session) -> None:
    """Say in one sentence what is missing, instead of failing test by test."""
    if not settings.SERVICES_FOUND:
        pytest.exit(
            "The tests need PostgreSQL and Valkey: run them by `make pytest`, or by "
            "`python -m config.studio run --fast -- python -m pytest`.",
            returncode=2,
        )


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker per processor, as far as Valkey has databases."""
    return min(os.cpu_count() or 1, settings.MOST_WORKERS)


def _migrate_template(name: str) -> None:
    """Build the template database: the public schema and the template of organisations, no organisation."""
    databases.point_to(name)
    summary = organisations_migrate(say=lambda line: None)
    assert not summary.failed, summary.failed
    connection.close()


def _provision(slug: str) -> Tenant:
    """One committed organisation, without people."""
    return organisation_create(actor=SYSTEM, slug=slug, name=slug.capitalize())


def _prepare_database(name: str, template: str, *, keep: bool) -> None:
    """Copy the template to `name`, building the template first when this state of the migrations has none."""
    with databases.maintenance(settings.DATABASES["default"]) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [databases.SETUP_LOCK])
        if not databases.database_exists(server, template):
            draft = f"{template}_draft"
            databases.drop_database(server, draft)
            databases.copy_database(server, "template1", draft)
            _migrate_template(draft)
            server.execute(f'ALTER DATABASE "{draft}" RENAME TO "{template}"')
        if not (keep and databases.database_exists(server, name)):
            databases.drop_database(server, name)
            databases.copy_database(server, template, name)
    databases.point_to(name)


@pytest.fixture(scope="session")
def organisations(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,
    django_db_createdb: bool,
) -> Iterator[SimpleNamespace]:
    """The worker's database and, committed in it, the two organisations of the session."""
    base = settings.DATABASES["default"]["NAME"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    run = "" if django_db_keepdb else settings.STUDIO_TEST_RUN
    name = databases.worker_name(base, worker, run)
    with django_db_blocker.unblock():
        _prepare_database(name, databases.template_name(base), keep=django_db_keepdb and not django_db_createdb)
        known = {tenant.slug: tenant for tenant in Tenant.objects.filter(slug__in=("acme", "globex"))}
        both = {slug: known.get(slug) or _provision(slug) for slug in ("acme", "globex")}
        rows, schemas = committed.baseline(committed.public_tables()), committed.schemas()
        connection.close()
    yield SimpleNamespace(**both, rows=rows, schemas=schemas, database=name)
    with django_db_blocker.unblock():
        connection.close()
        _forget_keys()
        databases.point_to(base)
        if not django_db_keepdb:
            with databases.maintenance(settings.DATABASES["default"]) as server:
                databases.drop_database(server, name)


def _forget_keys() -> None:
    """Remove what this run wrote into Valkey."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for key in client.scan_iter(match=f"*{settings.STUDIO_TEST_RUN}*", count=1000):
            client.unlink(key)


@pytest.fixture(scope="session")
def django_db_setup(organisations: SimpleNamespace) -> None:
    """Takes the place of pytest-django's own, which would migrate a database for each worker."""


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    """No test sees what another one's look-ups remembered, and each begins in the public schema."""
    directory.forget()
    forget_limits()
    flags.forget()
    connection.set_schema_to_public()
    yield
    directory.forget()
    forget_limits()
    flags.forget()
    connection.set_schema_to_public()


@pytest.fixture
def acme(organisations: SimpleNamespace) -> Tenant:
    """An organisation that every test may use inside its transaction."""
    return copy.copy(organisations.acme)


@pytest.fixture
def globex(organisations: SimpleNamespace) -> Tenant:
    """Another one, whose rows nobody of acme may see."""
    return copy.copy(organisations.globex)


@pytest.fixture
def in_acme(db: None, acme: Tenant) -> Iterator[Tenant]:
    """The database, inside acme; rolled back afterwards."""
    with tenant_context(acme):
        yield acme


@pytest.fixture
def in_globex(db: None, globex: Tenant) -> Iterator[Tenant]:
    """The database, inside globex; rolled back afterwards."""
    with tenant_context(globex):
        yield globex


@pytest.fixture
def make_person() -> Callable[..., User]:
    """`make_person(tenant, role="member", email=None, password=None)`: somebody who belongs to the organisation."""

    def make(
        tenant: Tenant | None, role: str = "member", email: str | None = None, password: str | None = None
    ) -> User:
        return people.person(tenant, role=role, email=email, password=password or people.PASSWORD)

    return make


@pytest.fixture
def actor_of() -> Callable[[User, Tenant], Actor]:
    """`actor_of(user, tenant)`: the person as services see them."""
    return clients.actor_of


@pytest.fixture
def api() -> Callable[..., clients.StudioClient]:
    """`api(user, tenant, host=None)`: a client with an access token, on the platform host or on `host`."""
    return clients.signed_in


@pytest.fixture
def anonymous_api() -> Callable[..., clients.StudioClient]:
    """`anonymous_api(tenant=None, host=None)`: a client without credentials."""
    return clients.anonymous


@pytest.fixture
def limits(settings: Any) -> Callable[..., None]:
    """`limits(**wishes)`: the product's rate limits, in buckets of the test's own; `address="2/60"` changes one."""

    def enforce(**wishes: str) -> None:
        settings.RATE_LIMIT_KEY_PREFIX = f"{settings.STUDIO_TEST_RUN}:{secrets.token_hex(4)}:"
        settings.RATE_LIMIT_POLICIES = changed(POLICIES, wishes)

    return enforce


@pytest.fixture
def run_threads() -> Callable[..., list[Any]]:
    """`run_threads(count, work)`: `work(index)` in threads that start together; results or exceptions, in order."""
    return ground_threads.run_threads


@pytest.fixture
def wait_until() -> Callable[..., Any]:
    """`wait_until(ready, deadline_seconds=30)`: polls `ready()` until it is true and returns its answer."""
    return ground_threads.wait_until


@pytest.fixture
def committing(
    request: pytest.FixtureRequest, organisations: SimpleNamespace, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Let a test commit. Afterwards the schemas it made are dropped and the public rows it wrote are deleted."""
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        pytest.fail("a test that commits can't stand in a test's transaction: drop `db`, `in_acme`, `in_globex`")
    with django_db_blocker.unblock():
        yield
        connection.close()
        connection.set_schema_to_public()
        committed.drop_schemas(committed.schemas() - organisations.schemas)
        committed.sweep(organisations.rows)
        connection.close()


@pytest.fixture
def fresh_tenant(committing: None) -> Callable[..., Tenant]:
    """`fresh_tenant(slug=None)`: a committed organisation of the test's own, dropped afterwards."""

    def make(slug: str | None = None) -> Tenant:
        return _provision(slug or f"fresh-{secrets.token_hex(4)}")

    return make


@pytest.fixture
def process_environment(organisations: SimpleNamespace) -> dict[str, str]:
    """The environment of a process that a test starts (a worker, a command): this worker's database and queues."""
    database = settings.DATABASES["default"]
    user, password = quote(database["USER"], safe=""), quote(database["PASSWORD"], safe="")
    address = f"{database['HOST']}:{database['PORT']}/{organisations.database}"
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": f"postgresql://{user}:{password}@{address}",
        "REDIS_URL": settings.REDIS_URL,
        "TEST_RUN_TOKEN": settings.STUDIO_TEST_RUN,
    }
