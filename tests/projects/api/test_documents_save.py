"""`GET`, `PATCH`, `PUT` and `DELETE /documents/{id}`."""

from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context

from config.kernel.context import SYSTEM
from projects.models import Document, DocumentVersion
from projects.services.documents import document_create
from projects.services.projects import project_create, project_update


@pytest.fixture
def document(company):
    return document_create(
        actor=company.actors.owner, project=company.project, kind="chapter", title="One", body="It began."
    )


@pytest.fixture
def url(document):
    return f"/api/v1/documents/{document.pk}"


def tag(client, url):
    return client.get(url)["ETag"]


def code(response):
    return response.status_code, response.json()["error"]["code"]


def test_save_over_the_version_read_makes_the_next_one(company, document, url):
    response = company.api.editor.patch(url, {"body": "It ended."}, HTTP_IF_MATCH=tag(company.api.editor, url))

    assert response.status_code == 200
    data = response.json()["data"]
    assert (data["title"], data["body"], data["version"]) == ("One", "It ended.", 2)
    assert company.api.editor.get(url)["ETag"] == response["ETag"]
    versions = list(DocumentVersion.objects.filter(document=document).order_by("number"))
    assert [(v.number, v.body, v.author_id) for v in versions] == [
        (1, "It began.", company.actors.owner.user_id),
        (2, "It ended.", company.actors.editor.user_id),
    ]


@pytest.mark.parametrize("method", ["patch", "put", "delete"])
@pytest.mark.parametrize("header", [None, "*"])
def test_write_without_a_version_is_428(company, document, url, method, header):
    headers = {} if header is None else {"HTTP_IF_MATCH": header}
    body = None if method == "delete" else {"title": "No", "body": "No"}

    response = getattr(company.api.owner, method)(url, body, **headers)

    assert code(response) == (428, "precondition_required")
    document.refresh_from_db()
    assert (document.title, document.deleted_at) == ("One", None)


@pytest.mark.parametrize("method", ["patch", "put", "delete"])
def test_stale_write_is_412_with_what_the_client_needs(company, document, url, method):
    old = tag(company.api.owner, url)
    company.api.editor.patch(url, {"body": "Theirs."}, HTTP_IF_MATCH=old)
    body = None if method == "delete" else {"title": "Mine", "body": "Mine."}

    response = getattr(company.api.owner, method)(url, body, HTTP_IF_MATCH=old)

    assert code(response) == (412, "version_conflict")
    details = response.json()["error"]["details"]
    assert set(details) == {"current_version", "changed_by", "changed_at"}
    editor = company.people.editor
    assert details["current_version"] == 2
    assert details["changed_by"] == {"kind": "person", "id": str(editor.pk), "name": editor.email.partition("@")[0]}
    document.refresh_from_db()
    assert (document.body, document.version, document.deleted_at) == ("Theirs.", 2, None)


def test_tag_of_another_document_a_weak_one_and_garbage_write_nothing(company, document, url):
    other = document_create(actor=SYSTEM, project=company.project, kind="chapter", title="Two")
    mine = tag(company.api.owner, url)
    others = tag(company.api.owner, f"/api/v1/documents/{other.pk}")

    for header, expected in ((others, 412), (f"W/{mine}", 412), ('""', 412), ("garbage", 400), (f'"{"9" * 400}"', 412)):
        assert company.api.owner.patch(url, {"title": "No"}, HTTP_IF_MATCH=header).status_code == expected
    document.refresh_from_db()
    assert (document.title, document.version) == ("One", 1)


def test_one_tag_of_several_is_enough(company, document, url):
    mine = tag(company.api.owner, url)

    response = company.api.owner.patch(url, {"title": "Yes"}, HTTP_IF_MATCH=f'"other.1", {mine}')

    assert response.status_code == 200


def test_moving_does_not_make_a_read_version_stale(company, document, url):
    mine = tag(company.api.owner, url)
    document_create(actor=SYSTEM, project=company.project, kind="chapter", title="Zero", order_index=1)

    assert company.api.owner.get(url, HTTP_IF_NONE_MATCH=mine).status_code == 200
    assert company.api.owner.patch(url, {"title": "Still mine"}, HTTP_IF_MATCH=mine).status_code == 200


@pytest.mark.parametrize("body", [{}, {"title": "One"}, {"body": "It began."}, {"title": " One ", "reason": "none"}])
def test_changing_nothing_makes_no_version(company, document, url, body):
    mine = tag(company.api.owner, url)

    response = company.api.owner.patch(url, body, HTTP_IF_MATCH=mine)

    assert (response.status_code, response["ETag"]) == (200, mine)
    assert DocumentVersion.objects.filter(document=document).count() == 1


def test_put_replaces_and_wants_everything(company, url):
    mine = tag(company.api.owner, url)

    incomplete = company.api.owner.put(url, {"body": "x"}, HTTP_IF_MATCH=mine)
    assert (incomplete.status_code, list(incomplete.json()["error"]["details"]["fields"])) == (400, ["title"])

    whole = company.api.owner.put(url, {"title": "New", "body": ""}, HTTP_IF_MATCH=mine)
    assert (whole.status_code, whole.json()["data"]["title"], whole.json()["data"]["body"]) == (200, "New", "")


def test_delete_takes_the_document_out_of_sight_and_keeps_its_versions(company, document, url):
    assert company.api.editor.delete(url, HTTP_IF_MATCH=tag(company.api.editor, url)).status_code == 204

    assert company.api.owner.get(url).status_code == 404
    assert company.api.owner.get(f"{url}/versions").status_code == 404
    assert Document.objects.get(pk=document.pk).order_index is None
    assert DocumentVersion.objects.filter(document=document).count() == 1


def test_viewer_reads_and_writes_nothing(company, url):
    mine = tag(company.api.viewer, url)

    assert code(company.api.viewer.patch(url, {"title": "No"}, HTTP_IF_MATCH=mine)) == (403, "permission_denied")
    assert code(company.api.viewer.delete(url, HTTP_IF_MATCH=mine)) == (403, "permission_denied")


def test_stranger_finds_nothing(company, url):
    mine = tag(company.api.owner, url)

    assert code(company.api.stranger.get(url)) == (404, "not_found")
    assert code(company.api.stranger.patch(url, {"title": "No"}, HTTP_IF_MATCH=mine)) == (404, "not_found")


@pytest.mark.parametrize("status", ["archived", "cancelled"])
def test_inactive_project_is_read_and_not_written(company, url, status):
    mine = tag(company.api.owner, url)
    project_update(actor=company.actors.owner, project_id=company.project.pk, status=status)

    assert company.api.owner.get(url).status_code == 200
    assert code(company.api.owner.patch(url, {"title": "No"}, HTTP_IF_MATCH=mine)) == (409, "conflict")
    assert code(company.api.owner.delete(url, HTTP_IF_MATCH=mine)) == (409, "conflict")


def test_document_of_another_organisation_answers_like_a_missing_one(company, globex, url):
    with tenant_context(globex):
        project = project_create(actor=SYSTEM, kind="novel", title="Theirs")
        theirs = document_create(actor=SYSTEM, project=project, kind="note", title="Secret")

    answers = []
    for document_id in (theirs.pk, uuid4()):
        address = f"/api/v1/documents/{document_id}"
        for call in (
            company.api.owner.get(address),
            company.api.owner.patch(address, {"title": "x"}, HTTP_IF_MATCH=f'"{document_id}.1"'),
            company.api.owner.delete(address, HTTP_IF_MATCH=f'"{document_id}.1"'),
            company.api.owner.get(f"{address}/versions"),
            company.api.owner.post(f"{address}/move", {"after": str(document_id)}),
        ):
            body = call.json()
            body["error"].pop("request_id")
            answers.append((call.status_code, body))

    assert answers[:5] == answers[5:]
    assert {status for status, _body in answers} == {404}


def test_conditional_read_answers_304(company, url):
    mine = tag(company.api.owner, url)

    response = company.api.owner.get(url, HTTP_IF_NONE_MATCH=f'"x", {mine}')

    assert (response.status_code, response.content) == (304, b"")


def test_read_is_one_statement_beside_the_search_path(company, url, statements):
    company.api.owner.get(url)

    with statements() as captured:
        company.api.owner.get(url)

    assert len([query for query in captured if "search_path" not in query["sql"]]) == 1
