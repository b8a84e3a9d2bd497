"""Watching, cancelling and replaying jobs, as clients meet it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from collaboration.services.roles import role_grant
from config.kernel.context import SYSTEM
from generation.models import Job, JobStep
from projects.constants import PROJECT_TYPE
from projects.models import Project
from projects.services.projects import project_delete
from tenants.models import Tenant, User


@pytest.fixture
def client(api: Callable[..., Any], owner: User, in_acme: Tenant) -> Any:
    return api(owner, in_acme)


@pytest.fixture
def viewer_client(api: Callable[..., Any], make_person: Callable[..., User], project: Project, in_acme: Tenant) -> Any:
    viewer = make_person(in_acme)
    role_grant(actor=SYSTEM, target_type=PROJECT_TYPE, target_id=project.pk, user_id=viewer.pk, role="viewer")
    return api(viewer, in_acme)


@pytest.fixture
def job(queued_job: Callable[..., Job]) -> Job:
    return queued_job()


def paths(job_id: Any) -> list[tuple[str, str]]:
    """Every call about one job."""
    return [
        ("get", f"/api/v1/jobs/{job_id}"),
        ("get", f"/api/v1/writing/jobs/{job_id}"),
        ("get", f"/api/v1/jobs/{job_id}/status"),
        ("get", f"/api/v1/jobs/{job_id}/result"),
        ("get", f"/api/v1/workflows/{job_id}"),
        ("post", f"/api/v1/jobs/{job_id}/cancel"),
        ("post", f"/api/v1/writing/jobs/{job_id}/cancel"),
        ("delete", f"/api/v1/jobs/{job_id}"),
        ("post", f"/api/v1/jobs/{job_id}/retry"),
    ]


def without_request_id(answer: Any) -> dict[str, Any]:
    body = answer.json()
    body["error"].pop("request_id")
    return body  # type: ignore[no-any-return]


def test_job_shows_what_people_need_and_nothing_for_operators(client: Any, queued_job: Callable[..., Job]) -> None:
    job = queued_job(
        status="failed",
        error_code="provider_timeout",
        error="Too slow.",
        error_detail="http://10.0.0.1 said nothing",
        worker="host:1",
    )
    JobStep.objects.create(job=job, name="one", position=1, input_hash="x", status="succeeded", output={"text": "T"})
    answer = client.get(f"/api/v1/jobs/{job.pk}")
    shown = answer.json()["data"]
    assert shown["error"] == {"code": "provider_timeout", "message": "Too slow."}
    assert shown["abilities"] == {"view": True, "cancel": False, "retry": True}
    assert [(step["name"], step["status"]) for step in shown["steps"]] == [("one", "succeeded")]
    for secret in ("10.0.0.1", "host:1", "fence", "lease"):
        assert secret not in answer.content.decode()
    assert client.get(f"/api/v1/writing/jobs/{job.pk}").json() == answer.json()


def test_viewer_sees_a_job_and_may_not_decide_about_it(viewer_client: Any, job: Job) -> None:
    shown = viewer_client.get(f"/api/v1/jobs/{job.pk}").json()["data"]
    assert shown["abilities"] == {"view": True, "cancel": False, "retry": False}
    for method, path in paths(job.pk)[5:]:
        answer = getattr(viewer_client, method)(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")
    job.refresh_from_db()
    assert job.status == "queued"


def test_stranger_and_other_organisation_get_the_answer_of_a_job_that_does_not_exist(
    api: Callable[..., Any], make_person: Callable[..., User], in_acme: Tenant, globex: Tenant, job: Job
) -> None:
    stranger, foreigner = api(make_person(in_acme), in_acme), api(make_person(globex), globex)
    for (method, path), (_method, missing) in zip(paths(job.pk), paths(uuid4()), strict=True):
        reference = without_request_id(getattr(stranger, method)(missing))
        for client in (stranger, foreigner):
            answer = getattr(client, method)(path)
            assert (answer.status_code, without_request_id(answer)) == (404, reference), path
    job.refresh_from_db()
    assert (job.status, job.cancel_requested_at) == ("queued", None)


def test_job_of_a_deleted_project_is_gone(client: Any, job: Job, project: Project, owner_actor: Any) -> None:
    project_delete(actor=owner_actor, project_id=project.pk)
    assert client.get(f"/api/v1/jobs/{job.pk}").status_code == 404
    assert client.get("/api/v1/jobs").json()["data"]["results"] == []


def test_list_is_newest_first_and_filters(client: Any, queued_job: Callable[..., Job], project: Project) -> None:
    old, new = queued_job(status="failed"), queued_job()

    def ids(query: str = "") -> list[str]:
        answer = client.get(f"/api/v1/jobs{query}")
        assert answer.status_code == 200
        return [row["id"] for row in answer.json()["data"]["results"]]

    assert ids() == [str(new.pk), str(old.pk)]
    assert ids("?status=failed") == [str(old.pk)]
    assert ids("?kind=probe&status=queued") == [str(new.pk)]
    assert ids(f"?project={project.pk}") == [str(new.pk), str(old.pk)]
    assert ids(f"?project={uuid4()}") == []
    assert ids("?kind=plan") == []
    page = client.get("/api/v1/jobs?page_size=1").json()["data"]
    assert ids(f"?page_size=1&cursor={page['next']}") == [str(old.pk)]


@pytest.mark.parametrize("query", ["status=lost", "project=7", "kind=plam", "page_size=0", "ordering=cost"])
def test_filter_that_can_not_match_is_refused_by_name(client: Any, query: str) -> None:
    answer = client.get(f"/api/v1/jobs?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]["fields"]) == [query.partition("=")[0]]


def test_list_costs_the_same_statements_whatever_its_length(
    client: Any, queued_job: Callable[..., Job], django_assert_max_num_queries: Any
) -> None:
    for _ in range(60):
        queued_job(status="failed")
    client.get("/api/v1/jobs")
    with django_assert_max_num_queries(4):
        assert len(client.get("/api/v1/jobs").json()["data"]["results"]) == 50


def test_status_is_short_has_an_etag_and_says_when_to_ask_again(
    client: Any, queued_job: Callable[..., Job], django_assert_max_num_queries: Any
) -> None:
    job = queued_job(status="running", stage="Writing", progress=25, started_at=timezone.now() - timedelta(seconds=30))
    path = f"/api/v1/jobs/{job.pk}/status"
    client.get(path)
    with django_assert_max_num_queries(2):
        answer = client.get(path)
    data = answer.json()["data"]
    assert 85 <= data.pop("seconds_left") <= 95
    assert data == {
        "id": str(job.pk),
        "status": "running",
        "stage": "Writing",
        "progress": 25,
        "attempt": 0,
        "cancel_requested": False,
    }
    assert answer["Retry-After"] == "1"
    unchanged = client.get(path, HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", answer["ETag"])
    for change in ({"progress": 26}, {"stage": "Saving"}, {"status": "succeeded"}):
        Job.objects.filter(pk=job.pk).update(**change)
        changed = client.get(path, HTTP_IF_NONE_MATCH=answer["ETag"])
        assert (changed.status_code, changed["ETag"] != answer["ETag"]) == (200, True)
        answer = changed
    assert "Retry-After" not in answer


def test_result_is_there_once_the_job_has_succeeded(client: Any, job: Job) -> None:
    answer = client.get(f"/api/v1/jobs/{job.pk}/result")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job_state")
    assert answer.json()["error"]["details"] == {"status": "queued", "expected": ["succeeded"]}
    Job.objects.filter(pk=job.pk).update(status="succeeded", result={"document": "d"})
    assert client.get(f"/api/v1/jobs/{job.pk}/result").json()["data"] == {"document": "d"}


@pytest.mark.parametrize("index", [5, 6, 7])
def test_cancel_by_each_of_its_addresses(client: Any, job: Job, index: int) -> None:
    method, path = paths(job.pk)[index]
    answer = getattr(client, method)(path)
    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "cancelled")
    assert answer["Location"] == f"/api/v1/jobs/{job.pk}"
    again = getattr(client, method)(path)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "job_state")


def test_retry_of_a_failed_job_and_of_one_that_runs(client: Any, queued_job: Callable[..., Job]) -> None:
    job = queued_job(status="failed", error_code="x", error="y")
    answer = client.post(f"/api/v1/jobs/{job.pk}/retry")
    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "queued")
    again = client.post(f"/api/v1/jobs/{job.pk}/retry")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "job_state")


def test_workflow_shows_the_outputs_of_its_steps(client: Any, queued_job: Callable[..., Job]) -> None:
    job = queued_job(kind="write_book")
    JobStep.objects.create(job=job, name="plan", position=1, input_hash="x", status="succeeded", output={"data": 1})
    shown = client.get(f"/api/v1/workflows/{job.pk}").json()["data"]
    assert (shown["name"], shown["steps"][0]["name"], shown["steps"][0]["output"]) == (
        "write_book",
        "plan",
        {"data": 1},
    )


def test_job_that_is_no_workflow_has_no_workflow_page(client: Any, job: Job) -> None:
    assert client.get(f"/api/v1/workflows/{job.pk}").status_code == 404
