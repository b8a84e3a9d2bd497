"""People and where they belong."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.events import security_event
from config.kernel.context import SYSTEM, Actor
from config.kernel.errors import Conflict, NotFound, ValidationFailed
from tenants.choices import MemberRole, SessionEnd, TenantStatus
from tenants.constants import MEMBER_ADDED, MEMBER_CHANGED, OPERATOR_APPOINTED, PERSON_DEACTIVATED
from tenants.exceptions import LastAdmin
from tenants.models import Membership, Tenant, User
from tenants.permissions import require_operator
from tenants.selectors import directory
from tenants.selectors.belonging import person_by_email
from tenants.services.fields import email_checked, text_checked
from tenants.services.passwords import password_checked
from tenants.services.quotas import quota_admit
from tenants.services.sessions import sessions_revoke

log = structlog.get_logger(__name__)

NAME_MAX_CHARACTERS = 150
# `.invalid` is reserved (RFC 2606): no mail ever leaves for it.
ANONYMOUS_EMAIL = "{id}@deleted.invalid"


@dataclass(frozen=True, slots=True)
class Added:
    """A person, and whether account and membership are new. An account that was there keeps its password."""

    user: User
    account_is_new: bool
    membership_is_new: bool


def person_ensure(*, email: str, password: str | None, name: str = "", field: str = "password") -> Added:
    """The person of this e-mail; made when there is none, with `password` (None: they can't sign in yet).

    Raises:
        ValidationFailed: for an e-mail, name or password that is not acceptable.
        Conflict: when the account was deactivated.
    """
    address = email_checked(email)
    found = person_by_email(address)
    if found is None:
        user = User(
            email=address, name=text_checked(name, field="name", max_characters=NAME_MAX_CHARACTERS, blank=True)
        )
        if password is not None:
            password_checked(password, user, field=field)
        user.set_password(password)
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:  # somebody else made the account in the same moment
            found = person_by_email(address)
        if found is None:
            log.info("person_created", user_id=str(user.pk))
            return Added(user, account_is_new=True, membership_is_new=False)
    if not found.is_active:
        raise Conflict(_("The account of %(email)s was deactivated.") % {"email": address})
    return Added(found, account_is_new=False, membership_is_new=False)


def person_add(
    *,
    actor: Actor,
    email: str,
    tenant: Tenant | None,
    role: str = MemberRole.MEMBER,
    password: str | None = None,
    name: str = "",
) -> Added:
    """Give somebody an account and, in `tenant`, a membership with `role`; a membership that had ended is resumed.

    Raises:
        PermissionDenied: when the actor is no operator.
        ValidationFailed: for input that is not acceptable.
        Conflict: when the person belongs to the organisation already, with whatever role, or was deactivated.
    """
    require_operator(actor)
    with transaction.atomic():
        added = person_ensure(email=email, password=password, name=name)
        if tenant is not None:
            membership_open(user=added.user, tenant=tenant, role=role)
            _record(MEMBER_ADDED, actor, added.user, schema=tenant.schema_name, role=role)
    directory.forget()
    return Added(added.user, added.account_is_new, membership_is_new=tenant is not None)


def membership_open(*, user: User, tenant: Tenant, role: str) -> Membership:
    """Let a person belong to an organisation, inside the caller's transaction.

    Raises:
        ValidationFailed: for a role that does not exist.
        QuotaReached: when the organisation has as many members as it may.
        Conflict: when they belong to it already.
    """
    if role not in MemberRole.values:
        raise ValidationFailed.field(
            "role",
            _("Choose one of %(roles)s; found “%(role)s”.")
            % {"roles": ", ".join(MemberRole.values), "role": role[:80]},
        )
    if not Membership.objects.filter(user=user, tenant=tenant, is_active=True).exists():
        quota_admit(actor=SYSTEM, kind="members", tenant_id=tenant.pk)
    row, created = Membership.objects.select_for_update(no_key=True, of=("self",)).get_or_create(
        user=user, tenant=tenant, defaults={"role": role}
    )
    if not created:
        if row.is_active:
            raise Conflict(
                _("%(email)s belongs to %(tenant)s already, as %(role)s.")
                % {"email": user.email, "tenant": tenant.slug, "role": row.role}
            )
        row.role, row.is_active, row.removed_at = role, True, None
        row.save(update_fields=["role", "is_active", "removed_at", "updated_at"])
    log.info("membership_opened", user_id=str(user.pk), tenant_id=str(tenant.pk), role=role)
    return row


def membership_change(
    *, actor: Actor, membership_id: UUID, role: str | None = None, is_active: bool | None = None
) -> Membership:
    """Change what a person is to an organisation, or end and resume their belonging. Ending it ends their sessions.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when there is no such membership.
        ValidationFailed: for a role that does not exist.
        LastAdmin: when the organisation would have no admin left.
    """
    require_operator(actor)
    with transaction.atomic():
        row = Membership.objects.filter(pk=membership_id).first()
        if row is None:
            raise NotFound
        tenant_locked(row.tenant_id)
        row.refresh_from_db()
        changed = membership_adjust(row, role=role, is_active=is_active)
        known = {"role": changed.role, "is_active": changed.is_active}
        _record(MEMBER_CHANGED, actor, changed.user, schema=changed.tenant.schema_name, **known)
    directory.forget()
    return changed


def _record(action: str, actor: Actor, user: User, *, schema: str = "public", **metadata: object) -> None:
    """An event about a person."""
    security_event(
        action=action,
        actor=actor,
        target_type="person",
        target_id=user.pk,
        target_label=user.email,
        metadata=metadata,
        schema=schema,
    )


def tenant_locked(tenant_id: UUID) -> Tenant:
    """The organisation, locked against every other change of who belongs to it."""
    tenant: Tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
    return tenant


def membership_adjust(
    row: Membership, *, role: str | None = None, is_active: bool | None = None, removed: bool = False
) -> Membership:
    """Change a membership that was read while its organisation is locked; the caller checked who asks.

    Raises:
        ValidationFailed: for a role that does not exist.
        LastAdmin: when the organisation would have no admin left.
    """
    if role is not None and role not in MemberRole.values:
        raise ValidationFailed.field("role", _("Choose one of %(roles)s.") % {"roles": ", ".join(MemberRole.values)})
    was = (row.role, row.is_active, row.removed_at)
    row.role = row.role if role is None else role
    row.is_active = row.is_active if is_active is None else is_active
    if removed:
        row.is_active, row.removed_at = False, row.removed_at or timezone.now()
    elif row.is_active:
        row.removed_at = None
    if (row.role, row.is_active, row.removed_at) == was:
        return row
    if row.is_active and not was[1]:
        quota_admit(actor=SYSTEM, kind="members", tenant_id=row.tenant_id)
    row.save(update_fields=["role", "is_active", "removed_at", "updated_at"])
    if was[:2] == (MemberRole.ADMIN, True):
        _require_admins([row.tenant])
    if not row.is_active or row.role != was[0]:
        sessions_revoke(user_id=row.user_id, tenant_id=row.tenant_id, reason=SessionEnd.MEMBERSHIP)
    log.info("membership_changed", membership_id=str(row.pk), role=row.role, is_active=row.is_active)
    return row


def operator_appoint(*, actor: Actor, user_id: UUID) -> User:
    """Let somebody operate the platform: its admin, on the platform host. It gives no power inside an organisation.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when there is no such active person.
    """
    require_operator(actor)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).first()
        if user is None:
            raise NotFound
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
        _record(OPERATOR_APPOINTED, actor, user)
    log.info("operator_appointed", user_id=str(user.pk))
    return user


def person_deactivate(*, actor: Actor, user_id: UUID) -> User:
    """Close an account for good: no sign-in, no membership, no name, no e-mail. The row stays: texts point to it.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when there is no such person.
        Conflict: when the actor would close their own account.
        LastAdmin: when an organisation would have no admin left.
    """
    require_operator(actor)
    if actor.user_id == user_id:
        raise Conflict(_("You can't close the account that you act with."))
    with transaction.atomic():
        tenants = list(
            Tenant.objects.select_for_update(no_key=True, of=("self",))
            .filter(memberships__user_id=user_id, memberships__role=MemberRole.ADMIN, memberships__is_active=True)
            .order_by("pk")
        )
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        if user is None:
            raise NotFound
        Membership.objects.filter(user=user).update(is_active=False)
        _require_admins(tenants)
        user.is_active = user.is_staff = user.is_superuser = False
        user.email, user.name = ANONYMOUS_EMAIL.format(id=user.pk), ""
        user.set_unusable_password()
        user.save(update_fields=["is_active", "is_staff", "is_superuser", "email", "name", "password"])
        user.groups.clear()
        user.user_permissions.clear()
        sessions_revoke(user_id=user.pk, reason=SessionEnd.DEACTIVATED)
        _record(PERSON_DEACTIVATED, actor, user)
    directory.forget()
    log.info("person_deactivated", user_id=str(user.pk))
    return user


def _require_admins(tenants: list[Tenant]) -> None:
    """Every organisation that is not on its way out keeps an admin who may sign in; their rows are locked.

    Raises:
        LastAdmin: naming those that have none.
    """
    kept = set(
        Membership.objects.filter(
            tenant__in=tenants, role=MemberRole.ADMIN, is_active=True, user__is_active=True
        ).values_list("tenant_id", flat=True)
    )
    without = [tenant.slug for tenant in tenants if tenant.pk not in kept and tenant.status != TenantStatus.DELETING]
    if without:
        raise LastAdmin(details={"organisations": without})
