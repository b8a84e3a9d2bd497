"""The life of an organisation: made, renamed, suspended, resumed, given up, purged."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tenants.utils import schema_context

from audit.services.events import security_event
from config.kernel.context import SYSTEM, Actor
from config.kernel.errors import AppError, Conflict, NotFound, ValidationFailed
from tenants.choices import MemberRole, TenantStatus
from tenants.constants import (
    DOMAIN_ADDED,
    DOMAIN_REMOVED,
    ORGANISATION_CREATED,
    ORGANISATION_DELETED,
    ORGANISATION_PURGED,
    ORGANISATION_RENAMED,
    ORGANISATION_RESUMED,
    ORGANISATION_SUSPENDED,
)
from tenants.exceptions import SlugTaken
from tenants.models import Domain, SchemaStatus, Tenant
from tenants.permissions import require_operator
from tenants.selectors import directory
from tenants.services.fields import REASON_MAX_CHARACTERS, host_checked, slug_checked, text_checked
from tenants.services.people import membership_open, person_ensure
from tenants.services.provisioning import schema_drop, schema_name_new, schema_provision, when_not_busy

log = structlog.get_logger(__name__)

SLUG_CONSTRAINT = "tenants_tenant_slug_key"
DOMAIN_CONSTRAINT = "tenants_domain_domain_key"
BECAME = {
    TenantStatus.ACTIVE: ORGANISATION_RESUMED,
    TenantStatus.SUSPENDED: ORGANISATION_SUSPENDED,
    TenantStatus.DELETING: ORGANISATION_DELETED,
}


def organisation_create(
    *,
    actor: Actor,
    slug: str,
    name: str,
    admin_email: str | None = None,
    admin_password: str | None = None,
    admin_name: str = "",
) -> Tenant:
    """Make an organisation with its schema and, when an e-mail is given, its first admin; all of it or nothing.

    A person who has an account already keeps it, with its password.

    Raises:
        PermissionDenied: when the actor is no operator.
        ValidationFailed: for a slug, name, e-mail or password that is not acceptable.
        SlugTaken: when another organisation has the slug, also when both were asked for in the same moment.
        OrganisationsNotReady: when the template of organisations is missing or behind.
        ProvisioningBusy: when a lock was not given in time.
    """
    require_operator(actor)
    slug, name = slug_checked(slug), text_checked(name, field="name")
    if admin_email is None and (admin_password is not None or admin_name):
        raise ValidationFailed.field("admin_email", _("An admin needs an e-mail address."))

    def make() -> Tenant:
        tenant = Tenant(slug=slug, name=name, schema_name=schema_name_new())
        schema_provision(tenant.schema_name)
        _save_with_slug(tenant)
        if admin_email is not None:
            added = person_ensure(email=admin_email, password=admin_password, name=admin_name)
            membership_open(user=added.user, tenant=tenant, role=MemberRole.ADMIN)
        _record(ORGANISATION_CREATED, actor, tenant, admin=admin_email)
        return tenant

    with schema_context("public"):
        if Tenant.objects.filter(slug=slug).exists():
            raise SlugTaken(details={"slug": slug})
        tenant = when_not_busy(make)
    directory.forget()
    log.info("organisation_created", tenant=slug, schema=tenant.schema_name)
    return tenant


def organisation_rename(*, actor: Actor, tenant_id: UUID, slug: str | None = None, name: str | None = None) -> Tenant:
    """Give an organisation another slug or name. It answers at the new host alone; tokens for the old slug end.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when it does not exist.
        ValidationFailed: for a slug or name that is not acceptable.
        SlugTaken: when another organisation has the slug.
    """
    require_operator(actor)
    with schema_context("public"), transaction.atomic():
        tenant = _locked(tenant_id)
        before = tenant.slug
        tenant.slug = tenant.slug if slug is None or slug == tenant.slug else slug_checked(slug)
        tenant.name = tenant.name if name is None else text_checked(name, field="name")
        _save_with_slug(tenant, fields=["slug", "name", "updated_at"])
        _record(ORGANISATION_RENAMED, actor, tenant, before=before)
    directory.forget()
    log.info("organisation_renamed", tenant=before, slug=tenant.slug)
    return tenant


def organisation_suspend(*, actor: Actor, tenant_id: UUID, reason: str = "") -> Tenant:
    """Stop serving an organisation, until it is resumed. Nothing of it is lost.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when it does not exist.
        ValidationFailed: for a reason that is not one line of text.
        Conflict: when it is not active.
    """
    reason = text_checked(reason, field="reason", max_characters=REASON_MAX_CHARACTERS, blank=True)
    return _to(actor, tenant_id, TenantStatus.SUSPENDED, from_=(TenantStatus.ACTIVE,), reason=reason)


def organisation_resume(*, actor: Actor, tenant_id: UUID) -> Tenant:
    """Serve a suspended organisation again, or call off its deletion.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when it does not exist.
        Conflict: when it is active.
    """
    return _to(actor, tenant_id, TenantStatus.ACTIVE, from_=(TenantStatus.SUSPENDED, TenantStatus.DELETING))


def organisation_delete(*, actor: Actor, tenant_id: UUID, grace_days: int | None = None) -> Tenant:
    """Stop serving an organisation and purge it after `grace_days` (`ORGANISATION_GRACE_DAYS`); resuming calls it off.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when it does not exist.
        ValidationFailed: for a negative number of days.
        Conflict: when it waits for deletion already.
    """
    days = settings.ORGANISATION_GRACE_DAYS if grace_days is None else grace_days
    if not 0 <= days <= 3650:
        raise ValidationFailed.field("grace_days", _("Use 0 to 3650 days; found %(days)d.") % {"days": days})
    due = timezone.now() + timedelta(days=days)
    serving = (TenantStatus.ACTIVE, TenantStatus.SUSPENDED)
    return _to(actor, tenant_id, TenantStatus.DELETING, from_=serving, delete_after=due)


def organisation_hasten(*, actor: Actor, tenant_id: UUID) -> Tenant:
    """End the grace of an organisation that waits for deletion.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when it does not exist.
        Conflict: when it does not wait for deletion.
    """
    return _to(actor, tenant_id, TenantStatus.DELETING, from_=(TenantStatus.DELETING,), delete_after=timezone.now())


def organisation_purge(*, actor: Actor, tenant_id: UUID) -> None:
    """Remove an organisation whose grace is over: schema, memberships, sessions, domains. Its people stay.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when it does not exist.
        Conflict: when it does not wait for deletion, or not long enough.
        ProvisioningBusy: when a lock was not given in time.
    """
    require_operator(actor)

    def purge() -> Tenant:
        tenant = _locked(tenant_id)
        due = tenant.delete_after
        if tenant.status != TenantStatus.DELETING or due is None or due > timezone.now():
            raise Conflict(_("%(tenant)s does not wait for deletion, or not long enough.") % {"tenant": tenant.slug})
        schema_drop(tenant.schema_name)
        SchemaStatus.objects.filter(schema_name=tenant.schema_name).delete()
        _record(ORGANISATION_PURGED, actor, tenant)
        tenant.delete()
        return tenant

    with schema_context("public"):
        tenant = when_not_busy(purge)
    directory.forget()
    log.info("organisation_purged", tenant=tenant.slug, schema=tenant.schema_name)


def organisations_purge_due() -> tuple[int, int]:
    """Purge every organisation whose grace is over; how many were purged, and how many failed (the log says why)."""
    with schema_context("public"):
        due = list(
            Tenant.objects.filter(status=TenantStatus.DELETING, delete_after__lte=timezone.now())
            .order_by("delete_after")
            .values_list("pk", "slug")
        )
    purged = 0
    for tenant_id, slug in due:
        try:
            organisation_purge(actor=SYSTEM, tenant_id=tenant_id)
        except AppError as error:  # resumed meanwhile, or busy: the next round sees
            log.warning("organisation_not_purged", tenant=slug, code=error.code, reason=str(error))
        else:
            purged += 1
    return purged, len(due) - purged


def domain_add(*, actor: Actor, tenant_id: UUID, domain: str) -> Domain:
    """Let an organisation answer at a host of its own.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when the organisation does not exist.
        ValidationFailed: for a host that is none, or the platform's.
        Conflict: when the host belongs to an organisation already.
    """
    require_operator(actor)
    host = host_checked(domain)
    try:
        with schema_context("public"), transaction.atomic():
            tenant = _locked(tenant_id)
            row: Domain = Domain.objects.create(tenant=tenant, domain=host)
            _record(DOMAIN_ADDED, actor, tenant, domain=host)
    except IntegrityError as error:
        _raise_when(
            error, DOMAIN_CONSTRAINT, Conflict(_("%(host)s belongs to an organisation already.") % {"host": host})
        )
        raise
    directory.forget()
    log.info("domain_added", tenant_id=str(tenant_id), domain=host)
    return row


def domain_remove(*, actor: Actor, domain_id: int) -> None:
    """Stop answering at a host.

    Raises:
        PermissionDenied: when the actor is no operator.
        NotFound: when there is no such domain.
    """
    require_operator(actor)
    with schema_context("public"), transaction.atomic():
        row = Domain.objects.select_for_update(of=("self",)).select_related("tenant").filter(pk=domain_id).first()
        if row is None:
            raise NotFound
        row.delete()
        _record(DOMAIN_REMOVED, actor, row.tenant, domain=row.domain)
    directory.forget()
    log.info("domain_removed", domain_id=domain_id)


def _record(action: str, actor: Actor, tenant: Tenant, **metadata: object) -> None:
    """An event about an organisation, in the platform's record: that stays when the organisation goes."""
    security_event(
        action=action,
        actor=actor,
        target_type="organisation",
        target_id=tenant.pk,
        target_label=tenant.slug,
        metadata=metadata,
        schema="public",
    )


def _locked(tenant_id: UUID) -> Tenant:
    tenant: Tenant | None = Tenant.objects.select_for_update(no_key=True).filter(pk=tenant_id).first()
    if tenant is None:
        raise NotFound
    return tenant


def _to(
    actor: Actor,
    tenant_id: UUID,
    status: TenantStatus,
    *,
    from_: tuple[TenantStatus, ...],
    reason: str = "",
    delete_after: datetime | None = None,
) -> Tenant:
    """Bring an organisation into another state."""
    require_operator(actor)
    with schema_context("public"), transaction.atomic():
        tenant = _locked(tenant_id)
        if tenant.status not in from_:
            raise Conflict(
                _("%(tenant)s is %(status)s.") % {"tenant": tenant.slug, "status": TenantStatus(tenant.status).label},
                details={"status": tenant.status},
            )
        tenant.status, tenant.suspended_reason, tenant.delete_after = status, reason, delete_after
        tenant.save(update_fields=["status", "suspended_reason", "delete_after", "updated_at"])
        _record(BECAME[status], actor, tenant, reason=reason, delete_after=delete_after)
    directory.forget()
    log.info("organisation_status", tenant=tenant.slug, status=str(status), reason=reason)
    return tenant


def _save_with_slug(tenant: Tenant, fields: list[str] | None = None) -> None:
    """Save, and say whose fault it is when the slug went to another organisation in the meantime."""
    try:
        with transaction.atomic():
            tenant.save(update_fields=fields)
    except IntegrityError as error:
        _raise_when(error, SLUG_CONSTRAINT, SlugTaken(details={"slug": tenant.slug}))
        raise


def _raise_when(error: IntegrityError, constraint: str, instead: AppError) -> None:
    """Raise `instead` when it was this constraint that the database refused."""
    if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) == constraint:
        raise instead from error
