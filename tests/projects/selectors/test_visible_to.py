"""What exists for whom, and that guardian's rows say the same."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from guardian.models import GroupObjectPermission

from collaboration.models import RoleGrant
from collaboration.services.projection import projected_abilities, projected_objects
from collaboration.services.roles import role_grant, role_revoke
from config.kernel.context import SYSTEM
from projects.constants import PROJECT_TYPE
from projects.models import Document, Project, ProjectUserObjectPermission
from projects.permissions import ROLES, TARGET, abilities_of
from projects.services.documents import document_create
from projects.services.projects import project_create, project_delete


def guardian_sees(actor):
    return set(projected_objects(TARGET, user_id=actor.user_id, ability="view").values_list("pk", flat=True))


def everything_sees(actor):
    return set(Project.objects.visible_to(actor).values_list("pk", flat=True))


@pytest.mark.parametrize("role", sorted(ROLES))
def test_guardian_and_the_queryset_agree_for_every_role(company, role):
    actor = getattr(company.actors, role)
    project_create(actor=company.actors.stranger, kind="novel", title="Not for them")

    assert everything_sees(actor) == guardian_sees(actor) == {company.project.pk}
    projected = projected_abilities(TARGET, user_id=actor.user_id, target_id=company.project.pk)
    assert projected == abilities_of(actor, company.project) == ROLES[role]


def test_changed_role_changes_the_projection(company):
    user_id = company.actors.viewer.user_id
    for role in ("editor", "owner", "viewer"):
        role_grant(
            actor=company.actors.owner,
            target_type=PROJECT_TYPE,
            target_id=company.project.pk,
            user_id=user_id,
            role=role,
        )
        assert projected_abilities(TARGET, user_id=user_id, target_id=company.project.pk) == ROLES[role]


def test_stranger_sees_nothing(company):
    assert everything_sees(company.actors.stranger) == guardian_sees(company.actors.stranger) == set()
    assert abilities_of(company.actors.stranger, company.project) == frozenset()


def test_superuser_group_and_global_permission_give_nothing(company, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]  # would honour all three
    person = company.people.stranger
    rows = Permission.objects.filter(codename__in=TARGET.codenames.values())
    assert rows.count() == len(TARGET.codenames)
    group = Group.objects.create(name="readers")
    group.permissions.set(rows)
    GroupObjectPermission.objects.bulk_create(
        GroupObjectPermission(
            group=group,
            permission=row,
            content_type=ContentType.objects.get_for_model(Project),
            object_pk=str(company.project.pk),
        )
        for row in rows
    )
    person.groups.add(group)
    person.user_permissions.set(rows)
    person.is_superuser = person.is_staff = True
    person.save()

    actor = company.actors.stranger
    assert everything_sees(actor) == guardian_sees(actor) == set()
    assert abilities_of(actor, company.project) == frozenset()
    assert projected_abilities(TARGET, user_id=person.pk, target_id=company.project.pk) == frozenset()


def test_documents_exist_for_whom_their_project_exists(company):
    document = document_create(actor=company.actors.owner, project=company.project, kind="note", title="A note")

    assert list(Document.objects.visible_to(company.actors.viewer)) == [document]
    assert not Document.objects.visible_to(company.actors.stranger).exists()
    project_delete(actor=company.actors.owner, project_id=company.project.pk)
    assert not Document.objects.visible_to(company.actors.viewer).exists()


def test_revoked_role_leaves_no_row_behind(company):
    role_revoke(
        actor=company.actors.owner,
        target_type=PROJECT_TYPE,
        target_id=company.project.pk,
        user_id=company.actors.editor.user_id,
    )

    assert everything_sees(company.actors.editor) == guardian_sees(company.actors.editor) == set()
    assert not ProjectUserObjectPermission.objects.filter(user_id=company.actors.editor.user_id).exists()


def test_deleting_the_row_takes_every_grant_with_it(company):
    kept = project_create(actor=company.actors.owner, kind="novel", title="Kept")
    assert ProjectUserObjectPermission.objects.filter(content_object=company.project).count() == 8 + 5 + 1

    Project.objects.get(pk=company.project.pk).delete()

    assert set(ProjectUserObjectPermission.objects.values_list("content_object_id", flat=True)) == {kept.pk}
    assert list(RoleGrant.objects.values_list("target_id", flat=True)) == [kept.pk]


def test_system_sees_everything_but_the_deleted(company):
    gone = project_create(actor=company.actors.owner, kind="novel", title="Gone")
    project_delete(actor=SYSTEM, project_id=gone.pk)

    assert everything_sees(SYSTEM) == {company.project.pk}
