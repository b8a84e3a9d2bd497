"""Roles as guardian's object permissions: the only module that writes or asks guardian's tables.

Guardian's shortcuts that look beyond direct grants (superusers, groups, global permissions of the public schema) are
off in every call below: people are global, so each of them would hold in every organisation.
"""

from functools import lru_cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django_tenants.utils import get_public_schema_name
from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import get_objects_for_user
from guardian.utils import get_user_obj_perms_model

from collaboration.exceptions import PermissionRowsMissing
from collaboration.permissions import TargetType
from tenants.models import User

_CONTENT_TYPE_SQL = "SELECT id FROM {schema}.django_content_type WHERE app_label = %s AND model = %s"


@lru_cache(maxsize=256)
def _public_content_type_id(app_label: str, model_name: str) -> int:
    """The content type's id in the public schema; it never changes once it exists.

    Raises:
        PermissionRowsMissing: when the public schema was not migrated (a failure is not remembered).
    """
    schema = connection.ops.quote_name(get_public_schema_name())
    with connection.cursor() as cursor:
        cursor.execute(_CONTENT_TYPE_SQL.format(schema=schema), [app_label, model_name])
        row = cursor.fetchone()
    if row is None:
        raise PermissionRowsMissing(details={"model": f"{app_label}.{model_name}"})
    return int(row[0])


def public_content_type(obj: models.Model | type[models.Model]) -> ContentType:
    """The model's content type as the public schema numbers it: the permission rows live there.

    Guardian asks this instead of the organisation's own table (`GUARDIAN_GET_CONTENT_TYPE`), whose ids may differ.
    """
    app_label, _dot, model_name = obj._meta.label_lower.partition(".")
    return ContentType(id=_public_content_type_id(app_label, model_name), app_label=app_label, model=model_name)


def ensure_permission_rows(target: TargetType, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Write the permission rows of a type into the public schema, each exactly once. Stands in public."""
    content_type, _created = ContentType.objects.using(using).get_or_create(
        app_label=target.app_label, model=target.model_name
    )
    for ability, codename in target.codenames.items():
        Permission.objects.using(using).get_or_create(
            codename=codename, content_type=content_type, defaults={"name": f"{target.model_name}: {ability}"}
        )


def _permission_ids(target: TargetType) -> dict[str, int]:
    """Codename -> id of the permission row.

    Raises:
        PermissionRowsMissing: when a row is missing.
    """
    wanted = target.codenames.values()
    content_type_id = _public_content_type_id(target.app_label, target.model_name)
    # Permissions are ordered by their content type: the join would meet the organisation's own table, and lose rows.
    rows = Permission.objects.filter(content_type_id=content_type_id, codename__in=wanted).order_by()
    found = dict(rows.values_list("codename", "id"))
    if missing := sorted(set(wanted) - set(found)):
        raise PermissionRowsMissing(details={"missing": missing})
    return found


def _grant_model(target: TargetType) -> Any:
    """The type's own table of grants, by direct foreign key.

    Raises:
        TypeError: when the type has none; generic grants would name content types and outlive their object.
    """
    model = get_user_obj_perms_model(apps.get_model(target.label))
    if model.objects.is_generic():
        raise TypeError(f"{target.label} needs a grant table with a direct foreign key")
    return model


def project_role(target: TargetType, *, target_id: UUID, user_id: UUID, role: str | None) -> None:
    """Make guardian's rows for this person and object say exactly what `role` says; None takes everything away.

    Runs inside the transaction that changes the role.

    Raises:
        PermissionRowsMissing: when the permission rows do not exist.
    """
    model = _grant_model(target)
    abilities = target.abilities_of(role) if role is not None else frozenset()
    ids = _permission_ids(target)
    wanted = {ids[target.codenames[ability]] for ability in abilities}
    with transaction.atomic():
        rows = model.objects.filter(user_id=user_id, content_object_id=target_id)
        rows.exclude(permission_id__in=wanted).delete()
        model.objects.bulk_create(
            [
                model(user_id=user_id, content_object_id=target_id, permission_id=permission_id)
                for permission_id in sorted(wanted)
            ],
            ignore_conflicts=True,
        )


def projected_abilities(target: TargetType, *, user_id: UUID, target_id: UUID) -> frozenset[str]:
    """What guardian's direct rows let this person do with the object."""
    model = apps.get_model(target.label)
    checker = ObjectPermissionChecker(User(id=user_id))
    held = set(checker.get_user_perms(model(pk=target_id)).order_by())  # no join to the organisation's content types
    return frozenset(ability for ability, codename in target.codenames.items() if codename in held)


def projected_objects(target: TargetType, *, user_id: UUID, ability: str) -> models.QuerySet[models.Model]:
    """The objects on which guardian's direct rows give this person `ability`."""
    model = apps.get_model(target.label)
    found: models.QuerySet[models.Model] = get_objects_for_user(
        User(id=user_id),
        target.codenames[ability],
        klass=model,
        use_groups=False,
        with_superuser=False,
        accept_global_perms=False,
    )
    return found
