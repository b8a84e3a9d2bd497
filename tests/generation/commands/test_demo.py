"""`manage.py demo`: made once, found made afterwards."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django_tenants.utils import schema_context

from collaboration.models import RoleGrant
from generation.jobs.runner import execute
from generation.management import following
from generation.models import Job
from generation.services.demo import EDITOR, OWNER, VIEWER
from projects.models import Document, Project
from tenants.models import Membership, Tenant

pytestmark = pytest.mark.committed


@pytest.fixture
def demo(committing: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """`demo()`: what the command says, with a worker of this process."""
    settings.STUDIO_DATA_DIR = tmp_path / "data"
    monkeypatch.chdir(tmp_path)

    def sleep(_seconds: float) -> None:
        job = Job.objects.filter(status="queued").first()
        if job is not None:
            execute(job.pk, worker="test", task_id="")

    monkeypatch.setattr(following.time, "sleep", sleep)

    def run() -> str:
        out = StringIO()
        call_command("demo", stdout=out)
        return out.getvalue()

    return run


def test_demo_makes_everything_once_and_finds_it_made_later(demo: Callable[[], str], tmp_path: Path) -> None:
    first = demo()
    passwords = json.loads((tmp_path / "data" / "demo-sign-in.json").read_text())
    assert (tmp_path / "data" / "demo-sign-in.json").stat().st_mode & 0o777 == 0o600
    tenant = Tenant.objects.get(slug="demo")
    assert dict(Membership.objects.filter(tenant=tenant).values_list("user__email", "role")) == {
        OWNER: "admin",
        EDITOR: "member",
        VIEWER: "member",
    }
    for email, password in passwords.items():
        assert authenticate(None, username=email, password=password) is not None
        assert password in first
    with schema_context(tenant.schema_name):
        assert sorted(Project.objects.values_list("kind", flat=True)) == ["article", "novel"]
        novel = Project.objects.get(kind="novel")
        roles = dict(RoleGrant.objects.filter(target_id=novel.pk).values_list("user__email", "role"))
        assert roles == {OWNER: "owner", EDITOR: "editor", VIEWER: "viewer"}
        assert Document.objects.filter(project=novel, kind="chapter").count() == 3
        jobs = list(Job.objects.values_list("pk", "status"))
    assert [status for _pk, status in jobs] == ["succeeded"]
    files = sorted(path.name for path in (tmp_path / "out" / "demo").iterdir())
    assert files == ["the-borrowed-light.html", "the-borrowed-light.md"]
    (tmp_path / "out" / "demo" / "the-borrowed-light.md").unlink()

    again = demo()
    assert all(password in again for password in passwords.values())
    with schema_context(tenant.schema_name):
        assert list(Job.objects.values_list("pk", "status")) == jobs
        assert Project.objects.count() == 2
    assert (tmp_path / "out" / "demo" / "the-borrowed-light.md").exists()


def test_demo_that_was_interrupted_goes_on(demo: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    sleep = following.time.sleep

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(following.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        demo()
    monkeypatch.setattr(following.time, "sleep", sleep)
    assert "100 %  Succeeded" in demo()
    with schema_context(Tenant.objects.get(slug="demo").schema_name):
        assert [job.status for job in Job.objects.all()] == ["succeeded"]
