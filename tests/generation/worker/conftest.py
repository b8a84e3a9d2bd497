"""A committed organisation with a project, a real worker, and a played provider that both processes reach."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import schema_context

from config.kernel.context import Actor
from generation.models import Job
from generation.services.jobs import job_start
from projects.models import Document, Project
from projects.services.projects import project_create
from tenants.models import Tenant, User
from tests.support.provider_fixtures import provider_server
from tests.support.provider_plays import MODEL
from tests.support.provider_server import ProviderServer
from tests.support.worker import Worker

__all__ = ["provider_server"]

LEASE_SECONDS = 3


@dataclass
class Stage:
    """What a test of faults plays on."""

    tenant: Tenant
    actor: Actor
    user: User
    project: Project

    def start(self, kind: str = "write_book", **payload: Any) -> Job:
        """Queue a job, committed and sent."""
        with schema_context(self.tenant.schema_name):
            return job_start(actor=self.actor, kind=kind, project_id=self.project.pk, payload=payload)

    def job(self, job: Job) -> Job:
        """The job's row as it is now."""
        with schema_context(self.tenant.schema_name):
            return Job.objects.get(pk=job.pk)

    def ended(self, job: Job) -> str:
        """The job's status once it has ended, else nothing."""
        status = self.job(job).status
        return "" if status in {"queued", "running"} else status

    def chapters(self) -> list[tuple[int, int]]:
        """Position and count of versions of every chapter."""
        with schema_context(self.tenant.schema_name):
            rows = Document.objects.filter(project=self.project, kind="chapter").order_by("order_index")
            return [(row.order_index, row.versions.count()) for row in rows]


@pytest.fixture
def stage(
    fresh_tenant: Callable[..., Tenant], make_person: Callable[..., User], actor_of: Callable[..., Actor]
) -> Stage:
    """An organisation of the test's own, with a novel."""
    tenant = fresh_tenant()
    user = make_person(tenant)
    with schema_context(tenant.schema_name):
        actor = actor_of(user, tenant)
        project = project_create(actor=actor, kind="novel", title="The Borrowed Light", brief={"premise": "A light."})
    connection.set_schema_to_public()
    return Stage(tenant, actor, user, project)


@pytest.fixture
def worker_environment(process_environment: dict[str, str], provider_server: ProviderServer) -> dict[str, str]:
    """Short leases, quick sweeps, and the played provider as the operator's model."""
    return {
        **process_environment,
        "JOB_LEASE_S": str(LEASE_SECONDS),
        "JOB_SWEEP_S": "1",
        "JOB_RESCAN_S": "2",
        "PROVIDER_RETRIES": "0",
        "LLM_BASE_URL": provider_server.base_url,
        "LLM_API_KEY": "played-key",
        "LLM_MODEL": MODEL,
        "LOG_FORMAT": "json",
    }


@pytest.fixture
def worker(
    worker_environment: dict[str, str], tmp_path: Path, wait_until: Callable[..., Any]
) -> Iterator[Callable[..., Worker]]:
    """`worker(name="w1", concurrency=2, scheduler=True, **environment)`: a worker, killed at the end of the test."""
    with ExitStack() as stack:

        def start(name: str = "w1", *, concurrency: int = 2, scheduler: bool = True, **environment: str) -> Worker:
            return stack.enter_context(
                Worker(
                    {**worker_environment, **environment},
                    tmp_path,
                    wait_until,
                    name=name,
                    concurrency=concurrency,
                    scheduler=scheduler,
                )
            )

        yield start
