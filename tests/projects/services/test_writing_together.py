"""Several people writing in one project at the same time: nothing lost, nothing doubled, no gap."""

from random import Random

import pytest
from django.db import IntegrityError, transaction
from django_tenants.utils import tenant_context

from config.kernel.errors import Conflict, VersionConflict
from projects.models import Document, DocumentVersion, Task
from projects.services.board import task_create, task_delete, task_move
from projects.services.documents import (
    document_create,
    document_delete,
    document_move,
    document_save,
    final_content_save,
)
from projects.services.reviews import document_approve, document_reject, document_submit

pytestmark = pytest.mark.committed


def failures(results):
    return [result for result in results if isinstance(result, Exception)]


def gapless(rows, column):
    """Whether positions are 1, 2, 3 ... within each group."""
    groups = {}
    for group, position in rows.values_list(column, "order_index"):
        groups.setdefault(group, []).append(position)
    return all(sorted(found) == list(range(1, len(found) + 1)) for found in groups.values())


def test_documents_made_together_get_positions_without_gap(committed_company, run_threads):
    company = committed_company

    def write(index):
        with tenant_context(company.tenant):
            for number in range(5):
                position = 1 if number % 2 else None
                document_create(
                    actor=company.actors.editor,
                    project=company.project,
                    kind=("chapter", "note")[number % 3 == 0],
                    title=f"{index}.{number}",
                    order_index=position,
                )

    assert not failures(run_threads(8, write))
    assert Document.objects.count() == 40
    assert gapless(Document.objects, "kind")


def test_moves_creations_and_deletions_together_leave_no_gap(committed_company, run_threads):
    company = committed_company
    owner = company.actors.owner
    ids = [
        document_create(actor=owner, project=company.project, kind="chapter", title=str(number)).pk
        for number in range(8)
    ]

    def shuffle(index):
        chance = Random(index)
        with tenant_context(company.tenant):
            for _turn in range(8):
                one, other = chance.sample(ids, 2)
                document_move(actor=owner, document_id=one, **{chance.choice(["before", "after"]): other})
            made = document_create(actor=owner, project=company.project, kind="chapter", title="new", order_index=1)
            document_delete(actor=owner, document_id=made.pk, expected_version=1)

    assert not failures(run_threads(6, shuffle))
    standing = Document.objects.filter(deleted_at__isnull=True)
    assert set(standing.values_list("pk", flat=True)) == set(ids)
    assert gapless(standing, "kind")


def test_cards_moved_within_and_across_columns_together_leave_no_gap(committed_company, run_threads):
    company = committed_company
    owner = company.actors.owner
    columns = ("todo", "in_progress", "review", "done")
    ids = [
        task_create(actor=owner, project=company.project, title=str(number), status=columns[number % 2]).pk
        for number in range(8)
    ]

    def shuffle(index):
        chance = Random(index)
        with tenant_context(company.tenant):
            for _turn in range(10):
                task_move(actor=owner, task_id=chance.choice(ids), status=chance.choice(columns))
            made = task_create(actor=owner, project=company.project, title="new", order_index=1)
            task_move(actor=owner, task_id=made.pk, status="done", after=None)
            task_delete(actor=owner, task_id=made.pk)

    assert not failures(run_threads(6, shuffle))
    assert set(Task.objects.values_list("pk", flat=True)) == set(ids)
    assert gapless(Task.objects, "status")


def test_one_save_of_each_version_wins(committed_company, run_threads):
    company = committed_company
    document = document_create(actor=company.actors.owner, project=company.project, kind="chapter", title="One")

    for version in range(1, 6):

        def save(index, version=version):
            with tenant_context(company.tenant):
                return document_save(
                    actor=company.actors.editor,
                    document_id=document.pk,
                    expected_version=version,
                    body=f"{version}.{index}",
                ).version

        results = run_threads(6, save)
        assert results.count(version + 1) == 1, results
        refused = failures(results)
        assert {type(refusal) for refusal in refused} == {VersionConflict}
        assert {refusal.details["current_version"] for refusal in refused} == {version + 1}

    document.refresh_from_db()
    assert document.version == 6
    newest = DocumentVersion.objects.get(document=document, number=6)
    assert newest.body == document.body
    assert DocumentVersion.objects.filter(document=document).count() == 6


def test_first_final_content_is_made_once(committed_company, run_threads):
    company = committed_company

    def save(index):
        with tenant_context(company.tenant):
            return final_content_save(
                actor=company.actors.editor,
                project_id=company.project.pk,
                content=f"text {index}",
                expected_version=None,
            )

    results = run_threads(4, save)

    assert {type(refusal) for refusal in failures(results)} == {VersionConflict}
    assert len(failures(results)) == 3
    assert Document.objects.filter(kind="manuscript").count() == 1


def test_of_two_reviewers_one_decides(committed_company, run_threads):
    company = committed_company
    owner = company.actors.owner
    for _round in range(5):
        document = document_create(actor=owner, project=company.project, kind="chapter", title="One")
        document_submit(actor=owner, document_id=document.pk)

        def decide(index, document=document):
            with tenant_context(company.tenant):
                return (document_approve, document_reject)[index](actor=owner, document_id=document.pk).status

        results = run_threads(2, decide)
        (refused,) = failures(results)
        assert isinstance(refused, Conflict)
        document.refresh_from_db()
        assert document.status in results


def test_pairs_of_simultaneous_patches_succeed_once_each(committed_company, run_threads):
    company = committed_company
    document = document_create(actor=company.actors.owner, project=company.project, kind="chapter", title="One")
    url = f"/api/v1/documents/{document.pk}"
    clients = (company.api.owner, company.api.editor)

    for pair in range(20):
        tag = company.api.owner.get(url)["ETag"]

        def patch(index, tag=tag, pair=pair):
            field = ("title", "body")[index]
            return clients[index].patch(url, {field: f"{pair} by {index}"}, HTTP_IF_MATCH=tag).status_code

        assert sorted(run_threads(2, patch)) == [200, 412]

    document.refresh_from_db()
    assert document.version == 21
    assert DocumentVersion.objects.filter(document=document).count() == 21


@pytest.mark.parametrize(
    "broken",
    [
        {"order_index": 1},
        {"order_index": 0},
        {"order_index": None},
    ],
)
def test_database_itself_refuses_doubled_and_missing_positions(committed_company, broken):
    company = committed_company
    for title in ("a", "b"):
        document_create(actor=company.actors.owner, project=company.project, kind="chapter", title=title)

    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(title="b").update(**broken)


def test_database_itself_refuses_a_second_manuscript_and_a_task_with_two_doers(committed_company):
    company = committed_company
    values = {"project": company.project, "title": "x"}
    Document.objects.create(kind="manuscript", order_index=1, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.create(kind="manuscript", order_index=2, **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(order_index=1, assignee=company.people.owner, agent="writer", **values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(order_index=0, **values)
