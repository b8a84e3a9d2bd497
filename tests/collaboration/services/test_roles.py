"""Giving and taking roles."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django_tenants.utils import schema_context, tenant_context

from collaboration.exceptions import LastHolder, PermissionRowsMissing
from collaboration.models import RoleGrant
from collaboration.permissions import TargetType, register, target_types
from collaboration.receivers import write_permission_rows
from collaboration.services import projection
from collaboration.services.projection import projected_abilities, projected_objects
from collaboration.services.roles import role_grant, role_revoke
from config.kernel.context import SYSTEM
from config.kernel.errors import NotFound, ValidationFailed
from projects.constants import PROJECT_TYPE
from projects.models import ProjectUserObjectPermission
from projects.permissions import ROLES, TARGET
from projects.services.projects import project_create


@pytest.fixture
def owner(in_acme, make_person, actor_of):
    return actor_of(make_person(in_acme), in_acme)


@pytest.fixture
def project(owner):
    return project_create(actor=owner, kind="novel", title="Sea")


@pytest.fixture
def person(in_acme, make_person):
    return make_person(in_acme)


def grant(project, person, role, actor=SYSTEM):
    return role_grant(actor=actor, target_type=PROJECT_TYPE, target_id=project.pk, user_id=person.pk, role=role)


def revoke(project, user_id):
    role_revoke(actor=SYSTEM, target_type=PROJECT_TYPE, target_id=project.pk, user_id=user_id)


def test_grant_writes_row_and_projection(owner, project, person):
    found = grant(project, person, "viewer", actor=owner)

    assert (found.role, found.granted_by_id, found.user_id) == ("viewer", owner.user_id, person.pk)
    rows = ProjectUserObjectPermission.objects.filter(user=person).values_list("permission__codename", flat=True)
    assert list(rows) == ["project_view"]


def test_second_grant_changes_the_one_row(project, person):
    first = grant(project, person, "viewer")
    second = grant(project, person, "editor")

    assert (second.pk, second.role) == (first.pk, "editor")
    assert projected_abilities(TARGET, user_id=person.pk, target_id=project.pk) == ROLES["editor"]


def test_projection_that_fails_takes_the_grant_with_it(project, person, monkeypatch):
    def refuse(_target):
        raise RuntimeError("the projection is broken")

    monkeypatch.setattr(projection, "_permission_ids", refuse)
    with pytest.raises(RuntimeError):
        grant(project, person, "viewer")

    assert not RoleGrant.objects.filter(user=person).exists()


@pytest.mark.parametrize("role", ["boss", "", "Owner"])
def test_unknown_role_is_refused_and_names_the_known_ones(project, person, role):
    with pytest.raises(ValidationFailed) as refusal:
        grant(project, person, role)

    assert "editor, owner, viewer" in refusal.value.details["fields"]["role"][0]


def test_unknown_person_and_type_are_refused(project, person):
    with pytest.raises(ValidationFailed):
        role_grant(actor=SYSTEM, target_type=PROJECT_TYPE, target_id=project.pk, user_id=uuid4(), role="viewer")
    with pytest.raises(ValidationFailed):
        role_grant(actor=SYSTEM, target_type="projects.poem", target_id=project.pk, user_id=person.pk, role="viewer")


def test_deactivated_person_gets_no_role(project, person):
    person.is_active = False
    person.save()

    with pytest.raises(ValidationFailed):
        grant(project, person, "viewer")


def test_last_owner_can_neither_leave_nor_step_down(owner, project, person):
    with pytest.raises(LastHolder):
        revoke(project, owner.user_id)
    with pytest.raises(LastHolder):
        role_grant(actor=SYSTEM, target_type=PROJECT_TYPE, target_id=project.pk, user_id=owner.user_id, role="editor")

    grant(project, person, "owner")
    revoke(project, owner.user_id)
    assert projected_abilities(TARGET, user_id=owner.user_id, target_id=project.pk) == frozenset()


def test_revoking_what_nobody_has_is_not_found(project, person):
    with pytest.raises(NotFound):
        revoke(project, person.pk)


def test_grant_on_one_project_says_nothing_of_another(owner, project, person):
    other = project_create(actor=owner, kind="novel", title="Other")
    grant(project, person, "viewer")

    seen = projected_objects(TARGET, user_id=person.pk, ability="view")
    assert [found.pk for found in seen] == [project.pk]
    assert projected_abilities(TARGET, user_id=person.pk, target_id=other.pk) == frozenset()


def test_permission_rows_exist_once_in_public_with_names_of_their_own(in_acme):
    with schema_context("public"):
        rows = Permission.objects.filter(codename__in=TARGET.codenames.values())
        assert sorted(rows.values_list("codename", flat=True)) == sorted(TARGET.codenames.values())
        assert set(rows.values_list("content_type__app_label", "content_type__model")) == {("projects", "project")}


def test_permission_rows_are_written_in_public_only(in_acme):
    projects = apps.get_app_config("projects")
    with schema_context("public"):
        before = list(Permission.objects.order_by("id").values_list("id", "codename", "content_type_id"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_content_type SET id = id + 5000 WHERE app_label = 'projects'")
    ContentType.objects.clear_cache()

    write_permission_rows(projects, using="default")
    with schema_context("public"):
        write_permission_rows(projects, using="default")
        assert list(Permission.objects.order_by("id").values_list("id", "codename", "content_type_id")) == before


def test_missing_permission_rows_are_said_and_grant_nothing(project, person):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE public.auth_permission SET codename = 'x' WHERE codename = 'project_comment'")

    with pytest.raises(PermissionRowsMissing) as refusal:
        grant(project, person, "viewer")

    assert refusal.value.details == {"missing": ["project_comment"]}
    assert not RoleGrant.objects.filter(user=person).exists()


def test_other_content_type_ids_of_an_organisation_change_nothing(in_acme, globex, make_person, actor_of):
    """In globex the id that `projects.project` has in public belongs to another model."""
    with schema_context("public"):
        public_id = ContentType.objects.get(app_label="projects", model="project").pk
    with tenant_context(globex):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_content_type SET id = id + 5000 WHERE app_label = 'projects'")
            cursor.execute("UPDATE django_content_type SET id = %s WHERE app_label = 'collaboration'", [public_id])
        ContentType.objects.clear_cache()
        owner, stranger = (actor_of(make_person(globex), globex) for _number in range(2))

        project = project_create(actor=owner, kind="novel", title="Drifted")

        assert projected_abilities(TARGET, user_id=owner.user_id, target_id=project.pk) == ROLES["owner"]
        assert [found.pk for found in projected_objects(TARGET, user_id=owner.user_id, ability="edit")] == [project.pk]
        assert projected_abilities(TARGET, user_id=stranger.user_id, target_id=project.pk) == frozenset()
        assert not projected_objects(TARGET, user_id=stranger.user_id, ability="view").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": "projects.project", "keep_role": "editor"},
        {"label": "other.project"},
        {"label": "other.thing", "keep_role": "nobody"},
        {"label": "other.thing", "roles": {"owner": frozenset({"fly"})}},
    ],
)
def test_target_types_that_contradict_are_refused(wrong):
    before = target_types()
    values = {"label": TARGET.label, "abilities": TARGET.abilities, "roles": TARGET.roles, "keep_role": "owner"}

    with pytest.raises(ValueError, match=r"projects\.project|other\."):
        register(TargetType(**(values | wrong)))

    assert target_types() == before
