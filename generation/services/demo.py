"""What `manage.py demo` shows: an organisation, three people, the two samples as projects."""

from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django_tenants.utils import tenant_context

from collaboration.services.roles import role_grant
from config.kernel.context import SYSTEM, Actor
from projects.choices import DocumentKind
from projects.constants import PROJECT_TYPE
from projects.models import Document, Project
from projects.services.project_import import project_import
from tenants.choices import MemberRole
from tenants.exceptions import NoSuchTenant
from tenants.models import Tenant, User
from tenants.selectors.belonging import person_by_email
from tenants.selectors.organisations import tenant_of_slug
from tenants.services.organisations import organisation_create
from tenants.services.people import person_add

SLUG, NAME = "demo", "Demo Press"
OWNER, EDITOR, VIEWER = "owner@demo.example", "editor@demo.example", "viewer@demo.example"
PEOPLE = {OWNER: "Ada Quill", EDITOR: "Edwin Hale", VIEWER: "Vera Lind"}
ROLES = {OWNER: "owner", EDITOR: "editor", VIEWER: "viewer"}
SAMPLES = ("novel", "article")


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo stands on; `novel` is the project that gets written."""

    tenant: Tenant
    novel: Project
    projects: tuple[Project, ...]


def demo_ensure(*, passwords: dict[str, str], samples: Path) -> Demo:
    """The demo's organisation, people and projects; what exists is kept as it is.

    `passwords` has one for each of `PEOPLE`, used for accounts that are made now.

    Raises:
        AppError: whatever the services refuse, for instance that somebody else's organisation is suspended.
    """
    tenant = _organisation(passwords[OWNER])
    people = {email: _person(tenant, email, passwords[email]) for email in PEOPLE}
    with tenant_context(tenant):
        projects = tuple(_project(samples / name, people) for name in SAMPLES)
    return Demo(tenant, projects[0], projects)


def _organisation(password: str) -> Tenant:
    try:
        return tenant_of_slug(SLUG)
    except NoSuchTenant:
        return organisation_create(
            actor=SYSTEM, slug=SLUG, name=NAME, admin_email=OWNER, admin_password=password, admin_name=PEOPLE[OWNER]
        )


def _person(tenant: Tenant, email: str, password: str) -> User:
    known = person_by_email(email)
    if known is not None:
        return known
    return person_add(
        actor=SYSTEM, email=email, tenant=tenant, role=MemberRole.MEMBER, password=password, name=PEOPLE[email]
    ).user


@transaction.atomic
def _project(directory: Path, people: dict[str, User]) -> Project:
    """The sample as a project of the owner's, with the other two as editor and viewer."""
    owner = people[OWNER]
    known = Project.objects.visible_to(SYSTEM).filter(created_by=owner, kind=directory.name).order_by("id").first()
    if known is not None:
        found: Project = known
        return found
    project = project_import(actor=Actor(user_id=owner.pk, label=owner.email), directory=directory)
    for email, role in ((EDITOR, ROLES[EDITOR]), (VIEWER, ROLES[VIEWER])):
        role_grant(actor=SYSTEM, target_type=PROJECT_TYPE, target_id=project.pk, user_id=people[email].pk, role=role)
    return project


def is_written(project: Project) -> bool:
    """Whether the project has its manuscript, in the present organisation."""
    return Document.objects.filter(
        project_id=project.pk, kind=DocumentKind.MANUSCRIPT, deleted_at__isnull=True
    ).exists()
