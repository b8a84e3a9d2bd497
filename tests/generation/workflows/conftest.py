"""Projects to write in, jobs run to their end, and the played provider."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.kernel.context import Actor
from generation.jobs.runner import execute
from generation.models import Job
from generation.services.jobs import job_start
from projects.models import Project
from projects.services.project_import import project_import
from tests.support.provider_fixtures import llm_settings, provider_server

__all__ = ["llm_settings", "provider_server"]

SAMPLES = Path(__file__).parents[3] / "samples"


@pytest.fixture
def novel(owner_actor: Actor) -> Project:
    """The sample novel, as a project of the owner's."""
    return project_import(actor=owner_actor, directory=SAMPLES / "novel")


@pytest.fixture
def article(owner_actor: Actor) -> Project:
    """The sample article."""
    return project_import(actor=owner_actor, directory=SAMPLES / "article")


@pytest.fixture
def ended(owner_actor: Actor) -> Callable[..., Job]:
    """`ended(kind, project, **payload)`: the job after it ran to its end in this process."""

    def make(kind: str, project: Project, **payload: Any) -> Job:
        job = job_start(actor=owner_actor, kind=kind, project_id=project.pk, payload=payload)
        execute(job.pk, worker="test", task_id="")
        job.refresh_from_db()
        return job

    return make
