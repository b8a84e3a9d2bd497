"""The same request twice is one request: keys are noted before the work, answers are stored with it.

The note is committed first, so that a parallel request sees it; the answer is stored in the work's own transaction, so
that there is never work without an answer. A note without an answer whose request died is taken over after a while.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from config.kernel.errors import IdempotencyInProgress, IdempotencyMismatch
from generation.models import IdempotencyRecord

ABANDONED_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered: status, data of the envelope, `Location`."""

    status: int
    body: dict[str, Any]
    location: str = ""


def answered_once(*, user_id: UUID, key: str, fingerprint: str, work: Callable[[], Answer]) -> Answer:
    """The answer of `work`, or the one stored when this key was answered before.

    `work` runs in a transaction. When it raises, the key is free again.

    Raises:
        IdempotencyMismatch: the key was used with another request.
        IdempotencyInProgress: the first request with this key still runs.
    """
    record = _noted(user_id, key, fingerprint)
    if record.fingerprint != fingerprint:
        raise IdempotencyMismatch
    if record.status_code is not None:
        return Answer(record.status_code, record.body or {}, record.location)
    return _worked(record, work)


def _noted(user_id: UUID, key: str, fingerprint: str) -> IdempotencyRecord:
    """This request's own note, or the answered or mismatching one of an earlier request.

    Raises:
        IdempotencyInProgress: the earlier request still runs, or ended just now without an answer.
    """
    record = IdempotencyRecord(user_id=user_id, key=key, fingerprint=fingerprint)
    try:
        with transaction.atomic():
            record.save(force_insert=True)
    except IntegrityError:
        found = IdempotencyRecord.objects.filter(user_id=user_id, key=key).first()
        if found is None:
            raise IdempotencyInProgress from None
        if found.status_code is None and found.fingerprint == fingerprint and not _taken_over(found):
            raise IdempotencyInProgress from None
        return found
    return record


def _taken_over(record: IdempotencyRecord) -> bool:
    """Whether the note was abandoned and is this request's now; one of several wins."""
    now = timezone.now()
    if now - record.updated_at < ABANDONED_AFTER:
        return False
    mine = IdempotencyRecord.objects.filter(pk=record.pk, updated_at=record.updated_at, status_code=None)
    won = bool(mine.update(updated_at=now))
    record.updated_at = now
    return won


def _worked(record: IdempotencyRecord, work: Callable[[], Answer]) -> Answer:
    """Do the work and store its answer, if the note is still this request's.

    Raises:
        IdempotencyInProgress: another request took the note over meanwhile; the work is undone.
    """
    mine = IdempotencyRecord.objects.filter(pk=record.pk, updated_at=record.updated_at, status_code=None)
    try:
        with transaction.atomic():
            return _stored(mine, work())
    except Exception:
        mine.delete()
        raise


def _stored(mine: QuerySet[IdempotencyRecord, IdempotencyRecord], answer: Answer) -> Answer:
    """The answer as every later request with the key gets it."""
    body = orjson.loads(orjson.dumps(answer.body, default=str, option=orjson.OPT_UTC_Z))
    if not mine.update(status_code=answer.status, body=body, location=answer.location, updated_at=timezone.now()):
        raise IdempotencyInProgress
    return replace(answer, body=body)
