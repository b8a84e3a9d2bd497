"""The app's tasks: one for every kind of job, and the sweeper."""

import os
from typing import Any
from uuid import UUID

from celery import shared_task

from generation.jobs.runner import execute
from generation.jobs.sweep import sweep
from tenants.selectors.schemas import active_schemas


@shared_task(bind=True, name="generation.job_run")
def job_run(self: Any, job_id: str) -> str:
    """Run one job of the organisation that the message names; how it went, in a word."""
    hostname = self.request.hostname or "local"
    return execute(UUID(job_id), worker=f"{hostname}:{os.getpid()}", task_id=self.request.id or "")


@shared_task(name="generation.jobs_sweep", platform=True, ignore_result=True)
def jobs_sweep() -> None:
    """Find lost jobs of all organisations and bring them back."""
    sweep(active_schemas())
