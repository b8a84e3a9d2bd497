"""The same request twice is one request."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tenants.utils import schema_context

from config.kernel.errors import Conflict, IdempotencyInProgress, IdempotencyMismatch
from generation.models import IdempotencyRecord
from generation.services import idempotency
from generation.services.idempotency import ABANDONED_AFTER, Answer, answered_once
from projects.models import Project
from projects.services.projects import project_create
from tenants.models import Tenant, User


def once(user: User, work: Callable[[], Answer], *, key: str = "k", fingerprint: str = "f" * 64) -> Answer:
    return answered_once(user_id=user.pk, key=key, fingerprint=fingerprint, work=work)


def test_second_request_gets_the_first_answer_and_no_work_is_done(owner: User) -> None:
    first = once(owner, lambda: Answer(202, {"id": owner.pk}, "/jobs/1"))
    assert once(owner, lambda: pytest.fail("worked twice")) == first
    assert first == Answer(202, {"id": str(owner.pk)}, "/jobs/1")


def test_other_request_with_the_key_is_a_mismatch(owner: User) -> None:
    once(owner, lambda: Answer(202, {}))
    with pytest.raises(IdempotencyMismatch):
        once(owner, lambda: Answer(202, {}), fingerprint="0" * 64)


def test_keys_of_different_people_do_not_meet(owner: User, in_acme: Tenant, make_person: Callable[..., User]) -> None:
    once(owner, lambda: Answer(202, {"mine": True}))
    assert once(make_person(in_acme), lambda: Answer(202, {"mine": False})).body == {"mine": False}


def test_request_whose_first_still_runs_is_told_so(owner: User) -> None:
    def work() -> Answer:
        with pytest.raises(IdempotencyInProgress):
            once(owner, lambda: pytest.fail("worked twice"))
        return Answer(202, {})

    once(owner, work)


def test_refused_work_frees_the_key_and_leaves_nothing(owner: User, owner_actor: Any) -> None:
    def work() -> Answer:
        project_create(actor=owner_actor, kind="novel", title="Half done")
        raise Conflict

    with pytest.raises(Conflict):
        once(owner, work)
    assert not Project.objects.filter(title="Half done").exists()
    assert once(owner, lambda: Answer(202, {"second": True})).body == {"second": True}


def abandoned(user: User) -> IdempotencyRecord:
    """The note of a request that died in the middle."""
    record = IdempotencyRecord.objects.create(user=user, key="k", fingerprint="f" * 64)
    long_ago = timezone.now() - ABANDONED_AFTER - timedelta(seconds=1)
    IdempotencyRecord.objects.filter(pk=record.pk).update(updated_at=long_ago)
    return record


def test_note_of_a_request_that_died_is_taken_over(owner: User) -> None:
    abandoned(owner)
    assert once(owner, lambda: Answer(202, {"taken": "over"})).body == {"taken": "over"}


def test_request_that_was_thought_dead_can_not_store_its_answer(owner: User, owner_actor: Any) -> None:
    """It works so long that another one takes its note over; its own work is undone."""

    def slow() -> Answer:
        project_create(actor=owner_actor, kind="novel", title="Slow")
        IdempotencyRecord.objects.update(updated_at=timezone.now() - ABANDONED_AFTER * 2)
        once(owner, lambda: Answer(202, {"by": "the second"}))
        return Answer(202, {"by": "the first"})

    with pytest.raises(IdempotencyInProgress):
        once(owner, slow)
    assert not Project.objects.filter(title="Slow").exists()


@pytest.mark.committed
def test_of_eight_identical_requests_one_works(
    fresh_tenant: Callable[..., Tenant],
    make_person: Callable[..., User],
    actor_of: Callable[..., Any],
    run_threads: Callable[..., list[Any]],
) -> None:
    tenant = fresh_tenant()
    user = make_person(tenant)
    actor = actor_of(user, tenant)
    worked: list[int] = []

    def request(index: int) -> Any:
        def work() -> Answer:
            worked.append(index)
            project = project_create(actor=actor, kind="novel", title="Once")
            return Answer(201, {"id": project.pk})

        with schema_context(tenant.schema_name):
            return once(user, work)

    results = run_threads(8, request)
    answers = [result for result in results if isinstance(result, Answer)]
    refused = [result for result in results if isinstance(result, IdempotencyInProgress)]
    assert len(worked) == 1
    assert len(answers) + len(refused) == 8
    with schema_context(tenant.schema_name):
        assert {answer.body["id"] for answer in answers} == {str(Project.objects.get(title="Once").pk)}


@pytest.mark.committed
def test_of_eight_that_find_an_abandoned_note_one_takes_it_over(
    fresh_tenant: Callable[..., Tenant], make_person: Callable[..., User], run_threads: Callable[..., list[Any]]
) -> None:
    tenant = fresh_tenant()
    user = make_person(tenant)
    worked: list[int] = []
    with schema_context(tenant.schema_name):
        abandoned(user)

    def request(index: int) -> Any:
        with schema_context(tenant.schema_name):
            return once(user, lambda: worked.append(index) or Answer(202, {}))  # type: ignore[func-returns-value]

    results = run_threads(8, request)
    assert len(worked) == 1
    assert {type(result) for result in results} <= {Answer, IdempotencyInProgress}


def test_of_two_that_read_the_same_abandoned_note_the_second_does_not_get_it(owner: User) -> None:
    record = abandoned(owner)
    first, second = (IdempotencyRecord.objects.get(pk=record.pk) for _ in range(2))
    assert idempotency._taken_over(first) is True
    assert idempotency._taken_over(second) is False
