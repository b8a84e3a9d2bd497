"""An admin gives their organisation up. It is purged after the grace period; until then an operator can resume it."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from audit.services.events import security_event
from config.kernel.context import SYSTEM, Actor
from config.kernel.errors import ValidationFailed
from tenants.choices import TenantStatus
from tenants.constants import ORGANISATION_CLOSED
from tenants.models import Tenant
from tenants.permissions import require_admin
from tenants.selectors.belonging import acting_person
from tenants.services.organisations import organisation_delete
from tenants.services.passwords import password_proved


def organisation_close(*, actor: Actor, tenant_id: UUID, slug: str, current_password: str) -> Tenant:
    """Stop serving the organisation and have it purged after `ORGANISATION_GRACE_DAYS`.

    Raises:
        PermissionDenied: when the actor is no admin of the organisation.
        ValidationFailed: when `slug` is not the organisation's, or the password is wrong.
        RateLimited, Degraded: too many wrong passwords lately, or they can't be counted.
        Conflict: when it waits for deletion already.
    """
    require_admin(actor, tenant_id)
    user = acting_person(actor)
    with transaction.atomic():
        tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
        if slug != tenant.slug:
            raise ValidationFailed.field("slug", _("Type the slug of the organisation that you give up."))
        password_proved(actor=actor, user=user, current=current_password)
        closed = organisation_delete(actor=SYSTEM, tenant_id=tenant_id)
        security_event(
            action=ORGANISATION_CLOSED,
            actor=actor,
            target_type="organisation",
            target_id=tenant.pk,
            target_label=tenant.slug,
            metadata={"status": TenantStatus.DELETING, "delete_after": str(closed.delete_after)},
            schema=tenant.schema_name,
        )
    return closed
