"""Invitations to an organisation: sent to an e-mail address, used once, by a new person or by one who is known."""

from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import Conflict, NotFound, TenantSuspended, ValidationFailed
from tenants.choices import LinkPurpose, MemberRole
from tenants.constants import INVITATION_WITHDRAWN, MEMBER_INVITED, MEMBER_JOINED
from tenants.exceptions import LinkInvalid
from tenants.models import MailedLink, Membership, Tenant, User
from tenants.permissions import require_admin
from tenants.selectors import directory
from tenants.selectors.belonging import person_by_email
from tenants.services.fields import email_checked
from tenants.services.links import link_ask, link_read, link_redeem, links_open, links_withdraw
from tenants.services.passwords import password_checked, password_set
from tenants.services.people import membership_open, person_ensure, tenant_locked

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation says to the person who holds it. `account_exists`: they need not choose a password."""

    email: str
    tenant: Tenant
    role: str
    account_exists: bool


def invitation_send(*, actor: Actor, tenant_id: UUID, email: str, role: str = MemberRole.MEMBER) -> MailedLink:
    """Invite an address; an earlier open invitation of it to the same organisation is withdrawn.

    Known and unknown addresses are treated alike; only who belongs to the organisation already is refused, whom its
    admins can see anyway.

    Raises:
        PermissionDenied: when the actor is no admin of the organisation.
        ValidationFailed: for an e-mail or role that is not acceptable.
        Conflict: when the person belongs to the organisation already, or is suspended there.
    """
    address = email_checked(email)
    if role not in MemberRole.values:
        raise ValidationFailed.field("role", _("Choose one of %(roles)s.") % {"roles": ", ".join(MemberRole.values)})
    with transaction.atomic():
        tenant = tenant_locked(tenant_id)
        require_admin(actor, tenant_id)
        here = Membership.objects.filter(tenant=tenant, removed_at__isnull=True)
        if here.filter(user__email=address).exists():
            raise Conflict(_("%(email)s is a member already.") % {"email": address})
        links_withdraw(MailedLink.objects.filter(purpose=LinkPurpose.INVITATION, tenant=tenant, email=address))
        link = link_ask(LinkPurpose.INVITATION, email=address, tenant=tenant, role=role, asked_by_id=actor.user_id)
        _record(MEMBER_INVITED, actor, link)
    return link


def invitation_withdraw(*, actor: Actor, tenant_id: UUID, invitation_id: UUID) -> None:
    """Make an open invitation useless.

    Raises:
        PermissionDenied: when the actor is no admin of the organisation.
        NotFound: when the organisation has no such open invitation.
    """
    require_admin(actor, tenant_id)
    found = links_open(LinkPurpose.INVITATION).filter(tenant_id=tenant_id, pk=invitation_id)
    with transaction.atomic():
        link = found.select_related("tenant").first()
        if link is None or not links_withdraw(found):
            raise NotFound
        _record(INVITATION_WITHDRAWN, actor, link)
    log.info("invitation_withdrawn", invitation_id=str(invitation_id))


def invitation_read(token: str) -> Offer:
    """What the invitation of this token offers.

    Raises:
        LinkInvalid: it is unknown, used, withdrawn or too old.
    """
    link = link_read(LinkPurpose.INVITATION, token)
    return Offer(link.email, _tenant_of(link), link.role, _can_sign_in(person_by_email(link.email)))


def invitation_accept(*, token: str, password: str | None = None, name: str = "") -> Offer:
    """Join the organisation. The mail proves the address, so that it counts as verified.

    Who has no account, or one without a password, chooses a password; a known person keeps theirs, and `password`
    and `name` are not looked at.

    Raises:
        LinkInvalid: the invitation is unknown, used, withdrawn or too old.
        ValidationFailed: when a password is needed and missing or too weak. The invitation stays open.
        TenantSuspended: the organisation is not served now. The invitation stays open.
        Conflict: when the person joined by another way. The invitation stays open.
    """
    with transaction.atomic():
        link = link_redeem(LinkPurpose.INVITATION, token)
        tenant = _tenant_of(link)
        if not tenant.is_active:
            raise TenantSuspended
        known = person_by_email(link.email)
        if known is not None and not known.is_active:
            raise LinkInvalid
        exists = _can_sign_in(known)
        user = known if known is not None and exists else _account_made(link, known, password, name)
        User.objects.filter(pk=user.pk, email_verified_at__isnull=True).update(email_verified_at=timezone.now())
        membership_open(user=user, tenant=tenant, role=link.role)
        _record(MEMBER_JOINED, Actor(user_id=user.pk, label=user.email), link)
    directory.forget()
    return Offer(link.email, tenant, link.role, exists)


def _record(action: str, actor: Actor, link: MailedLink) -> None:
    security_event(
        action=action,
        actor=actor,
        target_type="invitation",
        target_id=link.pk,
        target_label=link.email,
        metadata={"role": link.role},
        schema=_tenant_of(link).schema_name,
    )


def _tenant_of(link: MailedLink) -> Tenant:
    tenant: Tenant | None = link.tenant
    if tenant is None:
        raise LinkInvalid
    return tenant


def _can_sign_in(user: User | None) -> bool:
    return user is not None and user.has_usable_password()


def _account_made(link: MailedLink, known: User | None, password: str | None, name: str) -> User:
    """The account of a new person, or the first password of one that had none.

    Raises:
        ValidationFailed: when the password is missing or too weak.
    """
    if not password:
        raise ValidationFailed.field("password", _("Choose a password for your new account."))
    if known is not None:
        return password_set(actor=Actor(user_id=known.pk), user=known, new=password)
    password_checked(password, User(email=link.email, name=name))
    user = person_ensure(email=link.email, password=password, name=name).user
    user.language = link.language
    user.save(update_fields=["language"])
    return user
