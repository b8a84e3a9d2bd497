"""Model history: what changed, and by whom."""

from uuid import uuid4

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models.signals import pre_save
from django_tenants.utils import tenant_context

from audit import receivers
from audit.services.history import keep_history
from collaboration.models import RoleGrant
from config.kernel.context import SYSTEM, Context, use_context
from projects.models import Project
from projects.services.board import task_create, task_update
from projects.services.documents import document_create, document_save
from projects.services.projects import project_create, project_delete
from tenants.models import User


def test_actor_address_and_request_of_a_signed_in_person_are_recorded(in_acme, make_person, api, history):
    person = make_person(in_acme)
    request_id = uuid4()

    response = api(person, in_acme).post(
        "/api/v1/projects",
        {"kind": "novel", "title": "Sea"},
        HTTP_X_REQUEST_ID=str(request_id),
        REMOTE_ADDR="192.0.2.7",
    )

    (entry,) = history(Project(pk=response.json()["data"]["id"]))
    assert (entry.action, entry.actor_id, entry.actor_email) == (LogEntry.Action.CREATE, person.pk, person.email)
    assert (entry.cid, entry.remote_addr) == (str(request_id), "192.0.2.7")
    assert entry.additional_data == {"request_id": str(request_id)}
    assert entry.changes["title"] == ["None", "Sea"]


def test_two_people_after_each_other_are_not_mixed_up(in_acme, make_person, api, history):
    people = [make_person(in_acme) for _number in range(3)]
    for person in people:
        response = api(person, in_acme).post("/api/v1/projects", {"kind": "novel", "title": "Sea"})
        (entry,) = history(Project(pk=response.json()["data"]["id"]))
        assert entry.actor_id == person.pk


def test_requests_leave_no_signal_receiver_behind(in_acme, make_person, api):
    client = api(make_person(in_acme), in_acme)
    before = len(pre_save.receivers)
    for _number in range(5):
        assert client.post("/api/v1/projects", {"kind": "novel", "title": "Sea"}).status_code == 201

    assert len(pre_save.receivers) == before


def test_job_is_named_beside_the_system(in_acme, history):
    job_id = uuid4()
    with use_context(Context(actor=SYSTEM, job_id=job_id)):
        project = project_create(actor=SYSTEM, kind="novel", title="Sea")

    (entry,) = history(project)
    assert (entry.actor_id, entry.actor_email) == (None, "system")
    assert entry.additional_data["job_id"] == str(job_id)


@pytest.mark.parametrize("forged", ["garbage", "192.0.2.7, 10.0.0.1", "", None])
def test_forged_address_is_left_out(in_acme, history, forged):
    with use_context(Context(actor=SYSTEM, address=forged)):
        project = project_create(actor=SYSTEM, kind="novel", title="Sea")

    assert history(project)[0].remote_addr is None


def test_request_id_too_long_for_the_column_is_replaced(in_acme, make_person, api, history):
    response = api(make_person(in_acme), in_acme).post(
        "/api/v1/projects", {"kind": "novel", "title": "Sea"}, HTTP_X_REQUEST_ID="x" * 300
    )

    assert response.status_code == 201
    assert history(Project(pk=response.json()["data"]["id"]))[0].cid == response["X-Request-ID"]


def test_saved_document_records_its_version_and_never_its_text(in_acme, history):
    project = project_create(actor=SYSTEM, kind="novel", title="Sea")
    document = document_create(actor=SYSTEM, project=project, kind="chapter", title="One", body="a secret text")
    document_save(actor=SYSTEM, document_id=document.pk, expected_version=1, title="Uno", body="another secret text")

    created, saved = history(document)
    assert saved.action == LogEntry.Action.UPDATE
    assert saved.changes == {"title": ["One", "Uno"], "version": ["1", "2"]}
    assert "body" not in created.changes
    assert "secret" not in str([entry.changes for entry in (created, saved)])


def test_refused_save_records_nothing(in_acme, history):
    project = project_create(actor=SYSTEM, kind="novel", title="Sea")
    document = document_create(actor=SYSTEM, project=project, kind="chapter", title="One")

    with pytest.raises(Exception, match="changed this"):
        document_save(actor=SYSTEM, document_id=document.pk, expected_version=7, title="Uno")

    assert [entry.action for entry in history(document)] == [LogEntry.Action.CREATE]


def test_tasks_roles_and_deletions_are_recorded(in_acme, make_person, actor_of, history):
    actor = actor_of(make_person(in_acme), in_acme)
    project = project_create(actor=actor, kind="novel", title="Sea")
    task = task_create(actor=actor, project=project, title="Write")
    task_update(actor=actor, task_id=task.pk, title="Write more", status="done")
    project_delete(actor=actor, project_id=project.pk)

    assert [set(entry.changes) for entry in history(task)][1:] == [{"title", "version"}, {"status", "order_index"}]
    assert [entry.action for entry in history(RoleGrant.objects.get())] == [LogEntry.Action.CREATE]
    assert "deleted_at" in history(project)[-1].changes


def test_history_is_the_organisations_own(in_acme, globex):
    project_create(actor=SYSTEM, kind="novel", title="Ours")

    with tenant_context(globex):
        assert not LogEntry.objects.exists()


def test_secrets_of_a_model_are_left_out_whoever_registers_it(in_acme, make_person, history):
    keep_history(User)
    try:
        person = make_person(in_acme)
        person.name = "Ada"
        person.set_password("another horse battery staple")
        person.save()
        created, changed = history(person)
    finally:
        auditlog.unregister(User)

    assert changed.changes == {"name": ["", "Ada"]}
    assert "password" not in created.changes


def test_content_type_cached_from_another_organisation_is_not_believed(in_acme, globex, history):
    ours = ContentType.objects.get_for_model(Project)
    with tenant_context(globex):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_content_type SET id = id + 5000 WHERE app_label = 'projects'")
        receivers._content_type_id.cache.clear()
        ContentType.objects._add_to_cache("default", ours)  # what a thread in acme does at this moment

        project = project_create(actor=SYSTEM, kind="novel", title="Theirs")

        (entry,) = history(project)
        assert entry.content_type_id == ours.pk + 5000
    receivers._content_type_id.cache.clear()
