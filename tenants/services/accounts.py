"""The e-mail address of an account: verified, or exchanged for another one."""

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services.events import security_event
from config.kernel.context import Actor
from tenants.choices import LinkPurpose
from tenants.constants import EMAIL_VERIFIED
from tenants.exceptions import LinkInvalid
from tenants.models import MailedLink, User
from tenants.models.session import password_mark_of
from tenants.selectors import directory
from tenants.selectors.belonging import acting_person
from tenants.services.fields import email_checked
from tenants.services.links import link_ask, link_redeem, links_withdraw
from tenants.services.passwords import password_proved

log = structlog.get_logger(__name__)


def email_verification_ask(*, actor: Actor, email: str, current_password: str) -> None:
    """Have a link sent to an address: one's own, to verify it, or a new one, to take it.

    An address that somebody else has is treated alike, in the same time; no mail is sent then.

    Raises:
        AuthenticationFailed: when nobody is signed in.
        ValidationFailed: for an e-mail that is none, or a wrong password.
        RateLimited, Degraded: too many wrong passwords lately, or they can't be counted.
    """
    address = email_checked(email)
    user = acting_person(actor)
    password_proved(actor=actor, user=user, current=current_password)
    with transaction.atomic():
        earlier = MailedLink.objects.filter(purpose=LinkPurpose.EMAIL, asked_by=user).exclude(email=address)
        links_withdraw(earlier)
        mark = password_mark_of(user.password)
        link_ask(LinkPurpose.EMAIL, email=address, asked_by_id=user.pk, payload={"mark": mark})


def email_verify(*, token: str) -> User:
    """Make the mailbox's address the account's own, verified. Links to the former address stop working.

    Raises:
        LinkInvalid: the link is unknown, used or too old, the password was changed since it was asked for, or somebody
            else has the address by now.
    """
    try:
        with transaction.atomic():
            link = link_redeem(LinkPurpose.EMAIL, token)
            people = User.objects.select_for_update(no_key=True).filter(is_active=True)
            user = people.filter(pk=link.asked_by_id).first() if link.asked_by_id else None
            if user is None or link.payload.get("mark") != password_mark_of(user.password):
                raise LinkInvalid
            if user.email != link.email:
                links_withdraw(MailedLink.objects.filter(purpose=LinkPurpose.PASSWORD_RESET, email=user.email))
            user.email, user.email_verified_at = link.email, timezone.now()
            user.save(update_fields=["email", "email_verified_at"])
            actor = Actor(user_id=user.pk, label=user.email)
            security_event(action=EMAIL_VERIFIED, actor=actor, metadata={"email": link.email}, schema="public")
    except IntegrityError as error:  # the address was taken in the meantime
        raise LinkInvalid from error
    directory.forget()
    log.info("email_verified", user_id=str(user.pk))
    return user
