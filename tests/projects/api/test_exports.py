"""`/projects/{id}/exports` and `/exports/{id}`."""

from hashlib import sha256
from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context

from config.kernel.context import SYSTEM
from projects.models import Export
from projects.services.documents import document_create, final_content_save
from projects.services.exports import export_create
from projects.services.projects import project_create, project_update


@pytest.fixture
def url(company):
    for title in ("The cove", "The reef"):
        document_create(
            actor=SYSTEM, project=company.project, kind="chapter", title=title, body=f"# {title}\n\nText of {title}."
        )
    return f"/api/v1/projects/{company.project.pk}/exports"


def download(client, export):
    return client.get(f"/api/v1/exports/{export['id']}/download")


def test_editor_exports_markdown_and_downloads_the_file(company, url):
    response = company.api.editor.post(url, {"format": "md"})

    assert response.status_code == 201
    export = response.json()["data"]
    assert (export["format"], export["filename"], export["project"]) == ("md", "the-light.md", str(company.project.pk))
    assert company.api.editor.get(response["Location"]).json()["data"] == export
    file = download(company.api.editor, export)
    assert file.content.decode() == (
        "# The Light\n\n## 1. The cove\n\nText of The cove.\n\n## 2. The reef\n\nText of The reef.\n"
    )
    assert (export["size_bytes"], export["digest"]) == (len(file.content), sha256(file.content).hexdigest())


def test_file_is_saved_and_never_sniffed(company, url):
    export = company.api.owner.post(url, {"format": "html"}).json()["data"]

    file = download(company.api.owner, export)

    assert file["Content-Type"] == "text/html; charset=utf-8"
    assert file["Content-Disposition"] == 'attachment; filename="the-light.html"'
    assert file["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in file["Content-Security-Policy"]


def test_title_in_any_script_names_the_file(company, url):
    project_update(actor=SYSTEM, project_id=company.project.pk, title='\u706f\u53f0 "Licht"/..\\x\r\ny')

    export = company.api.owner.post(url, {"format": "md"}).json()["data"]

    assert export["filename"] == "\u706f\u53f0-lichtx-y.md"
    assert download(company.api.owner, export)["Content-Disposition"].startswith("attachment; filename*=utf-8''%E7")


def test_long_title_in_any_script_names_a_file_that_file_systems_take(company, url):
    project_update(actor=SYSTEM, project_id=company.project.pk, title="\u706f" * 100)

    export = company.api.owner.post(url, {"format": "html"}).json()["data"]

    assert export["filename"] == "\u706f" * 66 + ".html"
    assert len(export["filename"].encode()) <= 255


def test_manuscript_is_exported_once_there_is_one_unless_chapters_are_asked_for(company, url):
    final_content_save(
        actor=SYSTEM,
        project_id=company.project.pk,
        content="# The Light\n\n## The cove\n\nFinished.\n\n## The reef\n\nPolished.\n",
        expected_version=None,
    )

    final = download(company.api.owner, company.api.owner.post(url, {"format": "md"}).json()["data"])
    drafts = download(
        company.api.owner, company.api.owner.post(url, {"format": "md", "source": "chapters"}).json()["data"]
    )

    assert final.content.decode() == "# The Light\n\n## 1. The cove\n\nFinished.\n\n## 2. The reef\n\nPolished.\n"
    assert "Text of The cove." in drafts.content.decode()


def test_nothing_written_yet_is_a_conflict(company):
    response = company.api.owner.post(f"/api/v1/projects/{company.project.pk}/exports", {"format": "md"})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "conflict")
    assert not Export.objects.exists()


def test_archived_project_can_still_leave(company, url):
    project_update(actor=company.actors.owner, project_id=company.project.pk, status="archived")

    assert company.api.owner.post(url, {"format": "md"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "format"),
        ({"format": "exe"}, "format"),
        ({"format": "md", "source": "x"}, "source"),
        ({"format": "md", "to": "x"}, "to"),
    ],
)
def test_wrong_body_is_named(company, url, body, field):
    response = company.api.owner.post(url, body)

    assert (response.status_code, list(response.json()["error"]["details"]["fields"])) == (400, [field])


def test_viewer_lists_and_takes_nothing_away(company, url):
    export = company.api.owner.post(url, {"format": "md"}).json()["data"]

    assert [row["id"] for row in company.api.viewer.get(url).json()["data"]["results"]] == [export["id"]]
    assert company.api.viewer.post(url, {"format": "md"}).status_code == 403
    assert download(company.api.viewer, export).status_code == 403


def test_stranger_and_other_organisation_find_nothing(company, globex, url):
    export = company.api.owner.post(url, {"format": "md"}).json()["data"]
    with tenant_context(globex):
        project = project_create(actor=SYSTEM, kind="novel", title="Theirs")
        document_create(actor=SYSTEM, project=project, kind="chapter", title="x", body="x")
        theirs = export_create(actor=SYSTEM, project=project, format="md")

    assert company.api.stranger.get(url).status_code == 404
    assert company.api.stranger.get(f"/api/v1/exports/{export['id']}").status_code == 404
    for export_id in (theirs.pk, uuid4()):
        assert company.api.owner.get(f"/api/v1/exports/{export_id}").status_code == 404
        assert company.api.owner.get(f"/api/v1/exports/{export_id}/download").status_code == 404


def test_list_reads_no_file(company, url, statements):
    company.api.owner.post(url, {"format": "md"})
    with statements() as captured:
        company.api.owner.get(url)

    queries = [query["sql"] for query in captured if "search_path" not in query["sql"]]
    assert len(queries) == 2
    assert not any('"content"' in sql for sql in queries)
