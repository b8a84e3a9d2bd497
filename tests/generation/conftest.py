"""What tests of jobs stand on: a project with an owner, and job kinds that do as the test says."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from config.kernel import shutdown
from config.kernel.context import Actor
from generation.choices import JobStatus, Queue
from generation.jobs import kinds
from generation.jobs.inputs import JobInput
from generation.jobs.kinds import Estimate, JobKind
from generation.jobs.run import JobRun
from generation.models import Job
from projects.models import Project
from projects.services.projects import project_create
from tenants.models import Tenant, User


@pytest.fixture
def owner(in_acme: Tenant, make_person: Callable[..., User]) -> User:
    """The one who owns `project`."""
    return make_person(in_acme)


@pytest.fixture
def owner_actor(owner: User, in_acme: Tenant, actor_of: Callable[..., Actor]) -> Actor:
    """The same, as services see them."""
    return actor_of(owner, in_acme)


@pytest.fixture
def project(owner_actor: Actor) -> Project:
    """A novel of acme's."""
    return project_create(actor=owner_actor, kind="novel", title="The Borrowed Light", brief={"premise": "A light."})


class ProbeInput(JobInput):
    """The probe takes one number."""

    number: int = 1


@pytest.fixture
def probe() -> Iterator[type[JobKind[ProbeInput]]]:
    """A job kind `probe` whose `script(run)` a test sets."""

    class Probe(JobKind[ProbeInput]):
        name, title, queue = "probe", "Probe", Queue.HIGH
        input_model = ProbeInput
        script: Any = staticmethod(lambda run: {"done": True})

        def estimate(self, project: Project, data: ProbeInput) -> Estimate:
            return Estimate("none", "none", 0, 0, 0, "0", "A probe calls nobody.")

        def run(self, run: JobRun, project: Project, data: ProbeInput) -> dict[str, Any]:
            return type(self).script(run)  # type: ignore[no-any-return]

    kinds.register(Probe)
    yield Probe
    del kinds._kinds["probe"]


@pytest.fixture
def queued_job(project: Project, owner: User, probe: Any) -> Callable[..., Job]:
    """`queued_job(**fields)`: a probe in the queue."""

    def make(**fields: Any) -> Job:
        values = {
            "kind": "probe",
            "project": project,
            "created_by": owner,
            "queue": Queue.HIGH,
            "status": JobStatus.QUEUED,
            "request_id": uuid7(),
            **fields,
        }
        return Job.objects.create(**values)

    return make


@pytest.fixture(autouse=True)
def _nobody_stops() -> Iterator[None]:
    """No test leaves the process believing that it was asked to stop."""
    yield
    shutdown.forget_stop()
