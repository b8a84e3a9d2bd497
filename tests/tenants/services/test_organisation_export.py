"""The archive of an organisation: complete, verifiable, its own alone, and made once."""

import hashlib
import io
import json
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.db import connection
from django.utils import timezone
from django_tenants.utils import tenant_context

from audit.models import SecurityEvent
from projects.services.documents import document_create
from projects.services.exports import export_create
from projects.services.projects import project_create
from tenants.models import OrganisationExport
from tenants.services.organisation_archive import archived_models
from tenants.services.organisation_export import organisation_exports_make
from tests.factories.people import PASSWORD

URL = "/api/v1/organisation/exports"
PROOF = {"current_password": PASSWORD}


@pytest.fixture
def house(fresh_tenant, make_person, actor_of):
    """A committed organisation with an admin and one chapter, and another organisation with a marker."""
    tenant, other = fresh_tenant(), fresh_tenant()
    admin, stranger = make_person(tenant, role="admin"), make_person(other)
    for owner, place, text in ((admin, tenant, "The lamp was lit."), (stranger, other, "MARKER-OF-ANOTHER-HOUSE")):
        with tenant_context(place):
            actor = actor_of(owner, place)
            project = project_create(actor=actor, kind="novel", title="The Light")
            document_create(actor=actor, project=project, kind="chapter", title="One", body=text)
            export_create(actor=actor, project=project, format="md")
    return tenant, admin, other, stranger


def error_of(response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_an_admin_gets_everything_of_this_organisation_and_nothing_of_another(house, api) -> None:
    tenant, admin, _other, _stranger = house
    client = api(admin, tenant)
    asked = client.post(URL, PROOF)
    assert asked.status_code == 202
    where = asked.headers["Location"]
    assert error_of(client.get(f"{where}/download")) == (409, "conflict")

    assert organisation_exports_make() == 1
    assert organisation_exports_make() == 0

    row = client.get(where).json()["data"]
    answer = client.get(f"{where}/download")
    content = b"".join(answer.streaming_content)
    assert (row["status"], row["size_bytes"]) == ("ready", len(content))
    assert hashlib.sha256(content).hexdigest() == row["digest"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    _check(content, admin)
    with tenant_context(tenant):
        assert SecurityEvent.objects.get(action="organisation.exported").actor_id == admin.pk


def _check(content: bytes, admin) -> None:
    with ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    listed = {entry["path"]: entry for entry in manifest["files"]}
    assert set(listed) == set(files)
    for path, entry in listed.items():
        assert entry["sha256"] == hashlib.sha256(files[path]).hexdigest(), path
        assert entry["size_bytes"] == len(files[path]), path
    assert {f"data/{model._meta.label_lower}.jsonl" for model in archived_models()} <= set(files)
    [document] = [json.loads(line) for line in files["data/projects.document.jsonl"].splitlines()]
    assert document["body"] == "The lamp was lit."
    assert listed["data/projects.document.jsonl"]["rows"] == 1
    [member] = [json.loads(line) for line in files["data/members.jsonl"].splitlines()]
    assert (member["email"], member["role"]) == (admin.email, "admin")
    [markdown] = [text for path, text in files.items() if path.startswith("documents/")]
    assert markdown == b"# One\n\nThe lamp was lit.\n"
    [exported] = [text for path, text in files.items() if path.startswith("exports/")]
    assert b"The lamp was lit." in exported
    everything = b"".join(files.values())
    assert b"MARKER-OF-ANOTHER-HOUSE" not in everything
    assert admin.password.encode() not in everything


def test_every_table_of_an_organisation_is_in_the_archive(in_acme) -> None:
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - {"django_migrations"}
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [in_acme.schema_name])
        own = {row[0] for row in cursor.fetchall()} - {"django_migrations"}

    assert own <= {model._meta.db_table for model in archived_models()}
    assert own <= tables


def test_members_and_strangers_get_no_archive(in_acme, globex, make_person, api) -> None:
    admin, member, foreign = make_person(in_acme, role="admin"), make_person(in_acme), make_person(globex, role="admin")
    assert error_of(api(member, in_acme).post(URL, PROOF)) == (403, "permission_denied")
    assert error_of(api(admin, in_acme).post(URL, {"current_password": "wrong"})) == (400, "validation_failed")
    assert not OrganisationExport.objects.exists()

    where = api(admin, in_acme).post(URL, PROOF).headers["Location"]

    assert error_of(api(admin, in_acme).post(URL, PROOF)) == (409, "conflict")
    for tail in ("", "/download"):
        assert error_of(api(member, in_acme).get(where + tail)) == (403, "permission_denied")
        assert error_of(api(foreign, globex).get(where + tail)) == (404, "not_found")


def test_an_archive_whose_worker_was_lost_is_made_again_and_not_for_ever(house, api) -> None:
    tenant, admin, _other, _stranger = house
    api(admin, tenant).post(URL, PROOF)
    rows = OrganisationExport.objects.filter(tenant=tenant)
    later, earlier = timezone.now() + timedelta(minutes=1), timezone.now() - timedelta(minutes=1)

    rows.update(status="running", attempts=1, claimed_until=later)
    assert organisation_exports_make() == 0
    rows.update(claimed_until=earlier)
    assert organisation_exports_make() == 1
    rows.update(status="running", attempts=3, claimed_until=earlier)
    assert organisation_exports_make() == 0
    assert rows.get().status == "failed"


def test_old_archives_are_deleted(in_acme, make_person, api) -> None:
    api(make_person(in_acme, role="admin"), in_acme).post(URL, PROOF)
    OrganisationExport.objects.update(created_at=timezone.now() - timedelta(days=8))

    organisation_exports_make()

    assert not OrganisationExport.objects.exists()
