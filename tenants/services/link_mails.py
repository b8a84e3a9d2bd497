"""Sending the mails that hold a link, in text and HTML, in the reader's language."""

import smtplib
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from tenants.choices import LinkPurpose
from tenants.models import MailedLink, User
from tenants.models.session import password_mark_of
from tenants.selectors.belonging import person_by_email
from tenants.tokens.mailed import digest_of, new_token

log = structlog.get_logger(__name__)

# Who asks again within this time gets no second mail of the same kind.
QUIET_SECONDS = 60


def links_send() -> int:
    """Send every mail that is due; the number sent. One that could not be sent goes out with the next call."""
    due = MailedLink.objects.filter(
        sent_at__isnull=True, used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
    )
    return sum(_send_one(link_id) for link_id in list(due.order_by("id").values_list("id", flat=True)))


def _send_one(link_id: UUID) -> bool:
    """Send one mail, unless another process is at it, nobody is to get it, or the mail server is away."""
    with transaction.atomic():
        link = (
            MailedLink.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("tenant", "asked_by")
            .filter(pk=link_id, sent_at__isnull=True, withdrawn_at__isnull=True)
            .first()
        )
        if link is None:
            return False
        person = person_by_email(link.email)
        if not _wanted(link, person):
            link.delete()
            return False
        token = new_token()
        try:
            _mail(link, person, token).send()
        except (smtplib.SMTPException, OSError) as error:
            log.warning("link_mail_failed", link_id=str(link_id), error=str(error))
            return False
        link.token_digest, link.sent_at = digest_of(token), timezone.now()
        if link.purpose == LinkPurpose.PASSWORD_RESET and person is not None:
            link.payload = {"mark": password_mark_of(person.password)}
        link.save(update_fields=["token_digest", "sent_at", "payload"])
    log.info("link_mailed", purpose=link.purpose, link_id=str(link_id), folder=str(settings.EMAIL_FILE_PATH))
    return True


def _wanted(link: MailedLink, person: User | None) -> bool:
    """Whether this mail goes out. What is decided here costs the one who asked no time, and tells them nothing."""
    if link.purpose == LinkPurpose.PASSWORD_RESET:
        return person is not None and person.is_active and not _sent_lately(link)
    if link.purpose == LinkPurpose.EMAIL:
        return (person is None or person.pk == link.asked_by_id) and not _sent_lately(link)
    if link.purpose == LinkPurpose.SIGN_UP:
        return (person is None or person.is_active) and not _sent_lately(link)
    return link.tenant is not None and link.tenant.is_active


def _sent_lately(link: MailedLink) -> bool:
    since = timezone.now() - timedelta(seconds=QUIET_SECONDS)
    same = MailedLink.objects.filter(purpose=link.purpose, email=link.email, used_at__isnull=True)
    return same.filter(sent_at__gt=since).exists()


def _mail(link: MailedLink, person: User | None, token: str) -> EmailMultiAlternatives:
    """The mail of one link. It goes to the address as it is stored, never as somebody typed it."""
    content: dict[str, Any] = {
        "person": person,
        "link": link,
        "tenant": link.tenant,
        "token": token,
        "address": f"{settings.CLIENT_URL.rstrip('/')}/{link.purpose}#{token}" if settings.CLIENT_URL else "",
    }
    stem = f"emails/{link.purpose}"
    with translation.override(person.language if person is not None else link.language):
        mail = EmailMultiAlternatives(
            subject=" ".join(render_to_string(f"{stem}_subject.txt", content).split()),
            body=render_to_string(f"{stem}.txt", content),
            to=[person.email if person is not None else link.email],
        )
        mail.attach_alternative(render_to_string(f"{stem}.html", content), "text/html")
    return mail
