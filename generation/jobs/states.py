"""The state machine of jobs, in one place.

    queued -> running -> succeeded
       |         |----> failed, dead
       |---------+----> cancelled

A running job may go back to the queue (its worker left) or to another worker (its lease ran out). Failed, dead and
cancelled ones may be replayed.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from django.db.models.functions import Now

from generation.choices import TERMINAL, JobStatus
from generation.querysets import JobQuerySet

TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = MappingProxyType(
    {
        JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.CANCELLED, JobStatus.DEAD}),
        JobStatus.RUNNING: frozenset(
            {
                JobStatus.RUNNING,
                JobStatus.QUEUED,
                JobStatus.SUCCEEDED,
                JobStatus.FAILED,
                JobStatus.DEAD,
                JobStatus.CANCELLED,
            }
        ),
        JobStatus.SUCCEEDED: frozenset(),
        JobStatus.FAILED: frozenset({JobStatus.QUEUED}),
        JobStatus.DEAD: frozenset({JobStatus.QUEUED}),
        JobStatus.CANCELLED: frozenset({JobStatus.QUEUED}),
    }
)


def sources(target: JobStatus) -> frozenset[JobStatus]:
    """The states from which a job may come to `target`."""
    return frozenset(status for status, targets in TRANSITIONS.items() if target in targets)


def move(jobs: JobQuerySet, target: JobStatus, *, only_from: Iterable[JobStatus] = (), **changes: Any) -> int:
    """Move those of `jobs` to `target` that may go there, in one conditional UPDATE; how many went.

    Entering a terminal state ends the lease and sets `finished_at`; entering the queue ends the lease.
    """
    allowed = sources(target).intersection(only_from) if only_from else sources(target)
    if target is not JobStatus.RUNNING:
        changes.setdefault("lease_expires_at", None)
    if target in TERMINAL:
        changes.setdefault("finished_at", Now())
    return jobs.filter(status__in=sorted(allowed)).update(status=target, updated_at=Now(), **changes)
