"""The calls that start work, as clients meet them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from collaboration.services.roles import role_grant
from config.kernel.context import SYSTEM, Actor
from generation.models import Job
from projects.constants import PROJECT_TYPE
from projects.models import Project
from projects.services.documents import document_create
from projects.services.projects import project_create
from tenants.models import Tenant, User


@pytest.fixture
def client(api: Callable[..., Any], owner: User, in_acme: Tenant) -> Any:
    return api(owner, in_acme)


def starts(project: Project) -> dict[str, tuple[str, dict[str, Any]]]:
    """Each call that starts work, with a body that it takes."""
    return {
        "plan": (f"/api/v1/projects/{project.pk}/plan", {"chapters": 3}),
        "generate_chapter": ("/api/v1/writing/generate-chapter", {"project": str(project.pk)}),
        "assemble": (f"/api/v1/projects/{project.pk}/assemble", {"finishing": []}),
        "write_book": (f"/api/v1/projects/{project.pk}/workflows", {"name": "write_book", "chapters": 3}),
    }


KINDS = ["plan", "generate_chapter", "assemble", "write_book"]


@pytest.mark.parametrize("kind", KINDS)
def test_start_answers_202_with_the_job_and_where_it_is(
    client: Any, project: Project, owner_actor: Actor, kind: str
) -> None:
    document_create(actor=owner_actor, project=project, kind="chapter", title="One")
    path, body = starts(project)[kind]
    answer = client.post(path, body, format="json")
    assert answer.status_code == 202
    shown = answer.json()["data"]
    job = Job.objects.get()
    assert (shown["id"], shown["kind"], shown["status"], shown["project"]) == (
        str(job.pk),
        kind,
        "queued",
        str(project.pk),
    )
    assert shown["abilities"] == {"view": True, "cancel": True, "retry": False}
    assert (shown["cost"], shown["result"], shown["error"]) == ("0.000000", None, None)
    assert answer["Location"] == f"/api/v1/jobs/{job.pk}"
    assert client.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_dry_run_answers_200_with_the_estimate_and_queues_nothing(
    client: Any, project: Project, owner_actor: Actor, kind: str
) -> None:
    document_create(actor=owner_actor, project=project, kind="chapter", title="One")
    path, body = starts(project)[kind]
    answer = client.post(f"{path}?dry_run=true", body, format="json")
    assert answer.status_code == 200
    estimate = answer.json()["data"]["estimate"]
    assert (estimate["cost"], estimate["prompt_tokens"], estimate["completion_tokens"]) == ("0", 0, 0)
    assert estimate["calls"] == {"plan": 1, "generate_chapter": 1, "assemble": 0, "write_book": 3}[kind]
    assert not Job.objects.exists()


def test_dry_run_with_a_model_counts_tokens_by_the_stated_rule(client: Any, project: Project, settings: Any) -> None:
    settings.LLM_BASE_URL, settings.LLM_MODEL = "http://127.0.0.1:1/v1", "some-model"
    path, body = starts(project)["generate_chapter"]
    answer = client.post(f"{path}?dry_run=true", {**body, "target_words": 1000}, format="json")
    estimate = answer.json()["data"]["estimate"]
    assert (estimate["provider"], estimate["model"], estimate["cost"]) == ("openai_compatible", "some-model", None)
    assert estimate["completion_tokens"] == 1500
    assert estimate["prompt_tokens"] > 50
    assert "four characters a token" in estimate["rule"]


@pytest.mark.parametrize("raw", ["yes", "2", "truee", ""])
def test_dry_run_that_is_neither_true_nor_false_is_refused(client: Any, project: Project, raw: str) -> None:
    path, body = starts(project)["plan"]
    answer = client.post(f"{path}?dry_run={raw}", body, format="json")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]["fields"]) == ["dry_run"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_viewer_is_forbidden_and_stranger_and_other_organisation_find_nothing(
    api: Callable[..., Any],
    make_person: Callable[..., User],
    in_acme: Tenant,
    globex: Tenant,
    project: Project,
    kind: str,
) -> None:
    viewer, stranger, foreigner = make_person(in_acme), make_person(in_acme), make_person(globex)
    role_grant(actor=SYSTEM, target_type=PROJECT_TYPE, target_id=project.pk, user_id=viewer.pk, role="viewer")
    path, body = starts(project)[kind]
    codes = {}
    for name, client in {
        "viewer": api(viewer, in_acme),
        "stranger": api(stranger, in_acme),
        "foreigner": api(foreigner, globex),
    }.items():
        answer = client.post(path, body, format="json")
        codes[name] = (answer.status_code, answer.json()["error"]["code"])
    assert codes == {
        "viewer": (403, "permission_denied"),
        "stranger": (404, "not_found"),
        "foreigner": (404, "not_found"),
    }
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("plan", {"chapters": 0}, "chapters"),
        ("plan", {"chapters": 10_000}, "chapters"),
        ("plan", {"colour": "red"}, "colour"),
        ("write_book", {"chapters": 0}, "chapters"),
        ("write_book", {"chapters": 10_000}, "chapters"),
        ("write_book", {"name": "write_everything"}, "name"),
        ("write_book", {"name": ["write_book"]}, "name"),
        ("write_book", {"name": None}, "name"),
        ("write_book", {"name": "plan"}, "name"),
        ("generate_chapter", {"project": None}, "project"),
        ("generate_chapter", {"project": "not-an-id"}, "project"),
        ("generate_chapter", {"project": 7}, "project"),
        ("generate_chapter", {"order_index": 0}, "order_index"),
        ("generate_chapter", {"order_index": 99}, "order_index"),
        ("generate_chapter", {"order_index": "1"}, "order_index"),
        ("generate_chapter", {"instructions": "x" * 1_000_000}, "instructions"),
        ("generate_chapter", {"title": "x" * 301}, "title"),
        ("assemble", {"finishing": ["critic"]}, "finishing"),
        ("assemble", {"finishing": "critic"}, "finishing"),
    ],
)
def test_bad_input_is_400_by_field_and_writes_nothing(
    client: Any, project: Project, kind: str, change: dict[str, Any], field: str
) -> None:
    path, body = starts(project)[kind]
    answer = client.post(path, {**body, **change}, format="json")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], list(error["details"]["fields"])) == ("validation_failed", [field])
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"[1, 2]", 400, "malformed"),
        (b'"text"', 400, "malformed"),
        (b"{nonsense", 400, "malformed"),
        (b'{"goal": "a\\u0000b"}', 400, "malformed"),
        (b'{"goal": "\\ud800"}', 400, "malformed"),
    ],
)
def test_body_that_is_no_object_or_holds_no_text_is_malformed(
    client: Any, project: Project, kind: str, raw: bytes, status: int, code: str
) -> None:
    answer = client.generic("POST", starts(project)[kind][0], raw, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert not Job.objects.exists()


@pytest.mark.parametrize("kind", ["plan", "generate_chapter", "write_book"])
def test_archived_project_takes_no_work(client: Any, project: Project, kind: str) -> None:
    Project.objects.filter(pk=project.pk).update(status="archived")
    path, body = starts(project)[kind]
    answer = client.post(path, body, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert not Job.objects.exists()


def test_second_writer_is_409_and_names_the_first(client: Any, project: Project) -> None:
    path, body = starts(project)["plan"]
    first = client.post(path, body, format="json").json()["data"]["id"]
    answer = client.post(path, body, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "job_active")
    assert answer.json()["error"]["details"]["job"] == first


def test_same_key_and_body_get_the_same_answer_and_one_job(client: Any, project: Project) -> None:
    path, body = starts(project)["plan"]
    first = client.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="abc")
    second = client.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="abc")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert first["Location"] == second["Location"]
    assert Job.objects.get().idempotency_key == "abc"


def test_same_key_with_another_body_is_422(client: Any, project: Project) -> None:
    path, body = starts(project)["plan"]
    client.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="abc")
    answer = client.post(path, {"chapters": 4}, format="json", HTTP_IDEMPOTENCY_KEY="abc")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_mismatch")


def test_refused_request_does_not_spend_its_key(client: Any, project: Project) -> None:
    path, body = starts(project)["plan"]
    assert client.post(path, {"chapters": 0}, format="json", HTTP_IDEMPOTENCY_KEY="abc").status_code == 400
    assert client.post(path, body, format="json", HTTP_IDEMPOTENCY_KEY="abc").status_code == 202


def test_project_that_does_not_exist_is_404(client: Any, project: Project) -> None:
    for path, body in starts(Project(pk=uuid4())).values():
        answer = client.post(path, body, format="json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_job_of_another_organisation_is_not_in_the_way(
    client: Any, project: Project, owner_actor: Actor, globex: Tenant
) -> None:
    """The one-writer rule is a project's, whatever runs elsewhere."""
    other = project_create(actor=owner_actor, kind="novel", title="Another")
    for one in (project, other):
        path, body = starts(one)["plan"]
        assert client.post(path, body, format="json").status_code == 202
