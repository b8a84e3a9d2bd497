"""The tables of work in progress."""

from generation.models.idempotency import IdempotencyRecord
from generation.models.job import Job, JobStep

__all__ = ["IdempotencyRecord", "Job", "JobStep"]
