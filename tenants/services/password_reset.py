"""A new password for somebody who lost theirs, by a link in the mailbox."""

from django.db import transaction
from django.utils import timezone

from audit.services.events import security_event
from config.kernel.context import Actor
from tenants.choices import LinkPurpose
from tenants.constants import PASSWORD_RESET
from tenants.exceptions import LinkInvalid
from tenants.models import MailedLink, User
from tenants.models.session import password_mark_of
from tenants.selectors.belonging import person_by_email
from tenants.services.fields import email_checked
from tenants.services.links import link_ask, link_redeem, links_withdraw
from tenants.services.passwords import password_set


def password_reset_ask(*, email: str) -> None:
    """Have a link sent to whoever has this address. The same is done, in the same time, when nobody has it.

    Raises:
        ValidationFailed: for an e-mail that is none.
    """
    with transaction.atomic():
        link_ask(LinkPurpose.PASSWORD_RESET, email=email_checked(email))


def password_reset(*, token: str, password: str) -> User:
    """Set the new password; every session of the person ends. Their second factor, if any, stays.

    The mail proves the address, so that it counts as verified.

    Raises:
        LinkInvalid: the link is unknown, used or too old, or the password was changed since it was sent.
        ValidationFailed: when the password is too weak. The link stays open.
    """
    with transaction.atomic():
        link = link_redeem(LinkPurpose.PASSWORD_RESET, token)
        user = person_by_email(link.email)
        if user is None or not user.is_active or link.payload.get("mark") != password_mark_of(user.password):
            raise LinkInvalid
        changed = password_set(actor=Actor(user_id=user.pk), user=user, new=password)
        User.objects.filter(pk=user.pk, email_verified_at__isnull=True).update(email_verified_at=timezone.now())
        security_event(action=PASSWORD_RESET, actor=Actor(user_id=user.pk, label=user.email), schema="public")
        links_withdraw(MailedLink.objects.filter(purpose=LinkPurpose.PASSWORD_RESET, email=link.email))
    return changed
