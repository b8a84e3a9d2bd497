"""Jobs within their quotas: held before they start, settled however they end, shown in `/usage`."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context

from config.kernel.context import SYSTEM, Actor
from generation.choices import JobStatus
from generation.exceptions import JobActive
from generation.jobs.kinds import Estimate
from generation.jobs.run import Outcome
from generation.jobs.runner import execute
from generation.jobs.sweep import sweep
from generation.models import Job
from generation.providers import Usage
from generation.services.jobs import job_cancel, job_retry, job_start
from generation.workflows.plan import Plan
from projects.services.documents import document_create
from projects.services.exports import export_create
from projects.services.projects import project_create
from tenants.exceptions import QuotaReached, TooManyJobs
from tenants.models import Membership, QuotaReservation, QuotaUsage
from tenants.models.quota import ReservationStatus
from tenants.services.quota_limits import quota_set
from tests.factories import people


def limit(tenant, kind, number, scope="organisation", subject_id=None):
    quota_set(actor=SYSTEM, tenant_id=tenant.pk, scope=scope, kind=kind, limit=number, subject_id=subject_id)


def usage(kind="tokens", scope="organisation"):
    """(used, reserved)."""
    row = QuotaUsage.objects.get(kind=kind, scope=scope)
    return row.used, row.reserved


@pytest.fixture
def costly(probe):
    """The probe, which will take 100 tokens and two units of money by its estimate, and takes 70 tokens."""

    def script(run):
        return run.call("ask", {}, lambda: Outcome({"text": "x"}, usage=Usage(prompt_tokens=40, completion_tokens=30)))

    probe.script = staticmethod(script)
    probe.estimate = lambda self, project, data: Estimate("play", "m", 1, 60, 40, "2", "As a test says.")
    return probe


@pytest.fixture
def start(owner_actor, project, costly):
    return lambda **options: job_start(actor=owner_actor, kind="probe", project_id=project.pk, payload={}, **options)


def test_a_job_reserves_its_estimate_and_settles_what_it_took(in_acme, start):
    limit(in_acme, "tokens", 1000)
    job = start()
    assert usage() == (0, 100)
    assert usage("spend") == (0, 2)

    execute(job.pk, worker="test", task_id="t")

    assert Job.objects.get().status == JobStatus.SUCCEEDED
    assert [usage(scope=scope) for scope in ("organisation", "project", "person")] == [(70, 0)] * 3
    assert usage("spend") == (0, 0)


def test_without_limits_nothing_is_reserved_and_use_is_counted_all_the_same(in_acme, start):
    job = start()
    assert not QuotaReservation.objects.exists()

    execute(job.pk, worker="test", task_id="t")

    assert usage() == (70, 0)


def test_a_job_that_does_not_fit_is_refused_and_leaves_nothing(in_acme, start):
    limit(in_acme, "tokens", 99)

    with pytest.raises(QuotaReached) as refused:
        start()

    assert refused.value.details["kind"] == "tokens"
    assert not Job.objects.exists()
    assert not QuotaReservation.objects.exists()
    assert not QuotaUsage.objects.exclude(reserved=0).exists()


def test_a_cap_on_its_cost_is_all_that_a_job_reserves_of_money(in_acme, start):
    limit(in_acme, "spend", 1)
    with pytest.raises(QuotaReached):
        start()

    start(max_cost=Decimal("0.5"))

    assert usage("spend") == (0, Decimal("0.5"))


def test_a_second_writer_reserves_nothing(in_acme, start):
    limit(in_acme, "tokens", 1000)
    start()
    with pytest.raises(JobActive):
        start()
    assert usage() == (0, 100)


def test_cancelling_a_queued_job_frees_what_it_reserved(in_acme, start, owner_actor):
    limit(in_acme, "tokens", 100)
    job = start()

    job_cancel(actor=owner_actor, job_id=job.pk)

    assert usage() == (0, 0)
    assert start()


def test_a_job_that_fails_or_is_tried_again_is_counted_once(in_acme, start, owner_actor, costly):
    limit(in_acme, "tokens", 1000)
    good = costly.script

    def failing(run):
        good(run)
        raise TooManyJobs(retry_after_seconds=1, limit=1, details={})

    costly.script = staticmethod(failing)
    job = start()
    execute(job.pk, worker="test", task_id="t")
    assert usage() == (70, 0)

    costly.script = staticmethod(good)
    job_retry(actor=owner_actor, job_id=job.pk)
    assert usage() == (70, 100)
    execute(job.pk, worker="test", task_id="t")

    assert Job.objects.get().status == JobStatus.SUCCEEDED
    assert usage() == (70, 0)  # the step that had been paid for was used again


def test_a_job_whose_worker_was_lost_for_good_frees_what_it_reserved(in_acme, start):
    limit(in_acme, "tokens", 1000)
    job = start()
    Job.objects.filter(pk=job.pk).update(
        status=JobStatus.RUNNING, attempt=3, max_attempts=3, lease_expires_at="2020-01-01T00:00Z", prompt_tokens=9
    )

    assert sweep([in_acme.schema_name]).dead == 1

    assert usage() == (9, 0)
    assert set(QuotaReservation.objects.values_list("status", flat=True)) == {ReservationStatus.SETTLED}


def test_a_zombie_settles_nothing(in_acme, start, costly):
    limit(in_acme, "tokens", 1000)
    job = start()

    def robbed(run):
        Job.objects.filter(pk=job.pk).update(fence=99)
        return {}

    costly.script = staticmethod(robbed)
    execute(job.pk, worker="test", task_id="t")

    assert usage() == (0, 100)


@pytest.mark.parametrize("scope", ["organisation", "project", "person"])
@pytest.mark.parametrize("kind", ["running_jobs", "jobs_per_minute"])
def test_more_jobs_than_the_quota_are_refused_with_when_to_come_back(
    in_acme, start, owner, project, owner_actor, kind, scope
):
    subject = {"organisation": None, "project": project.pk, "person": owner.pk}[scope]
    limit(in_acme, kind, 1, scope, subject)
    start()

    with pytest.raises(TooManyJobs) as refused:
        start()

    assert (refused.value.status, refused.value.code) == (429, "rate_limited")
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 61
    assert refused.value.details["kind"] == kind
    assert refused.value.details["scope"] == scope


def test_a_job_that_ended_makes_room(in_acme, start):
    limit(in_acme, "running_jobs", 1)
    outcomes = [execute(start().pk, worker="test", task_id="t") for _ in range(3)]
    assert outcomes == ["succeeded"] * 3


def test_of_ten_started_at_once_three_run(fresh_tenant, run_threads, probe):
    tenant = fresh_tenant()
    limit(tenant, "running_jobs", 3)
    actor = Actor(user_id=people.person(tenant).pk, label="ada", tenant_role="member")
    with tenant_context(tenant):
        ids = [project_create(actor=actor, kind="novel", title=f"Book {n}", brief={}).pk for n in range(10)]

    def start_one(index):
        with tenant_context(tenant):
            return job_start(actor=actor, kind="probe", project_id=ids[index], payload={})

    results = run_threads(10, start_one)

    assert [type(result) for result in results if isinstance(result, Exception)] == [TooManyJobs] * 7, results
    with tenant_context(tenant):
        assert Job.objects.count() == 3


def test_texts_and_exports_up_to_the_storage(in_acme, project, owner_actor):
    chapter = {"actor": owner_actor, "project": project, "kind": "chapter"}
    limit(in_acme, "storage", 1000)
    document_create(title="One", body="x" * 900, **chapter)

    with pytest.raises(QuotaReached) as refused:
        document_create(title="Two", body="y" * 101, **chapter)
    assert refused.value.details["used"] == 900
    with pytest.raises(QuotaReached):
        export_create(actor=owner_actor, project=project, format="md")

    document_create(title="Two", body="y" * 100, **chapter)


def lines(answer, whose):
    return {line["kind"]: line for line in answer.json()["data"][whose] or ()}


def test_usage_shows_used_reserved_and_limit_of_organisation_project_and_me(api, in_acme, owner, project, start):
    limit(in_acme, "tokens", 1000)
    limit(in_acme, "running_jobs", 5, "person")
    limit(in_acme, "members", 50)
    start()
    client = api(owner, in_acme)

    answer = client.get(f"/api/v1/usage?project={project.pk}")

    assert answer.status_code == 200
    organisation, mine = lines(answer, "organisation"), lines(answer, "me")
    tokens = organisation["tokens"]
    assert (tokens["used"], tokens["reserved"], tokens["limit"]) == ("0.000000", "100.000000", "1000.000000")
    assert tokens["resets_at"].endswith("-01T00:00:00Z")
    assert (mine["running_jobs"]["used"], mine["running_jobs"]["limit"]) == ("1.000000", "5.000000")
    assert mine["jobs_per_minute"]["resets_at"] is not None
    members = Membership.objects.filter(tenant=in_acme, is_active=True).count()
    assert organisation["members"]["used"] == f"{members}.000000"
    assert "members" not in mine
    assert lines(answer, "project")["tokens"]["reserved"] == "100.000000"
    assert client.get("/api/v1/usage").json()["data"]["project"] is None


def test_usage_of_a_project_that_one_may_not_see_is_that_of_none(api, in_acme, make_person, project, anonymous_api):
    stranger = api(make_person(in_acme), in_acme)

    hidden, missing = (stranger.get(f"/api/v1/usage?project={one}") for one in (project.pk, uuid4()))

    assert hidden.status_code == missing.status_code == 404
    assert {**hidden.json()["error"], "request_id": ""} == {**missing.json()["error"], "request_id": ""}
    assert stranger.get("/api/v1/usage?project=nonsense").status_code == 400
    assert anonymous_api(in_acme).get("/api/v1/usage").status_code == 401


def test_the_api_says_402_when_the_budget_is_used_up_and_429_when_there_are_too_many_jobs(
    api, in_acme, owner, project, monkeypatch
):
    costs = Estimate("play", "m", 1, 60, 40, "2", "As a test says.")
    monkeypatch.setattr(Plan, "estimate", lambda self, project, data: costs)
    client, path = api(owner, in_acme), f"/api/v1/projects/{project.pk}/plan"
    limit(in_acme, "tokens", 1)
    refused = client.post(path, {"chapters": 3})
    assert (refused.status_code, refused.json()["error"]["code"]) == (402, "budget_exhausted")
    assert refused.json()["error"]["details"]["limit"] == "1.000000"

    limit(in_acme, "tokens", None)
    limit(in_acme, "jobs_per_minute", 0)
    refused = client.post(path, {"chapters": 3})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) >= 1
