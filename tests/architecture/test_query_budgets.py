"""Every list keeps to its budget of SQL statements, and costs the same for seven rows as for two."""

from pathlib import Path

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.services.events import security_event
from config.front.document import committed_document
from generation.models import Job
from projects.services.board import task_create
from projects.services.documents import document_create, document_save
from projects.services.exports import export_create
from projects.services.projects import project_create
from tenants.services.invitations import invitation_send
from tests.factories.people import person
from tests.factories.sessions import signed_in

BUDGETS = yaml.safe_load(Path(__file__).with_name("query_budgets.yaml").read_text())
FEW, MANY = 2, 7


class Shelf:
    """An admin with a project, and a way to add a row to each list."""

    def __init__(self, tenant, admin, actor):
        self.tenant, self.person, self.actor = tenant, admin, actor
        self.project = project_create(actor=actor, kind="novel", title="The Light")
        self.document = document_create(actor=actor, project=self.project, kind="chapter", title="One", body="0")
        self.version = 1

    def address(self, path):
        return path.format(project_id=self.project.pk, document_id=self.document.pk)

    def add(self):
        """A row more for every list."""
        project_create(actor=self.actor, kind="article", title="Another")
        document_create(actor=self.actor, project=self.project, kind="note", title="Note", body="n")
        self.version += 1
        save = {"expected_version": self.version - 1, "body": f"text {self.version}"}
        document_save(actor=self.actor, document_id=self.document.pk, **save)
        task_create(actor=self.actor, project=self.project, title="Task", assignee_id=self.person.pk)
        export_create(actor=self.actor, project=self.project, format="md")
        Job.objects.create(kind="plan", project=self.project, created_by=self.person, writes=False, queue="x")
        signed_in(self.person, self.tenant)
        person(self.tenant)
        security_event(action="audit.exported", actor=self.actor)
        invitation_send(actor=self.actor, tenant_id=self.tenant.pk, email=f"guest-{self.version}@example.org")


@pytest.fixture
def shelf(in_acme, make_person, actor_of):
    admin = make_person(in_acme, role="admin")
    return Shelf(in_acme, admin, actor_of(admin, in_acme))


def cost(client, address):
    """The statements of a steady request, and the number of rows it showed."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        response = client.get(address)
    assert response.status_code == 200, response.content
    statements = [query["sql"] for query in seen if not query["sql"].startswith("SET ")]
    return statements, len(response.json()["data"]["results"])


def test_every_list_has_a_budget():
    lists = {
        path
        for path, methods in committed_document()["paths"].items()
        if any(parameter.get("name") == "cursor" for parameter in methods.get("get", {}).get("parameters", ()))
    }
    assert lists == set(BUDGETS)


@pytest.mark.parametrize("path", BUDGETS)
def test_list_keeps_to_its_budget_whatever_its_length(shelf, api, path):
    client, address = api(shelf.person, shelf.tenant), shelf.address(path)
    for _number in range(FEW):
        shelf.add()
    few, rows_before = cost(client, address)
    for _number in range(MANY - FEW):
        shelf.add()
    many, rows_after = cost(client, address)
    assert rows_after >= rows_before + MANY - FEW
    assert len(many) == len(few), many
    assert len(many) <= BUDGETS[path], many
