"""Telling people by mail that a spent refresh token of theirs came again."""

import smtplib
from uuid import UUID

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from tenants.models import Session

log = structlog.get_logger(__name__)


def reuse_notices_send() -> int:
    """Send every mail that is due, each once it is certain to be noted; the number sent.

    The session's row says that a mail is due, so one that could not be sent (or was never asked for, the broker being
    away) goes out with the next call.
    """
    due = Session.objects.filter(notice_due=True).order_by("id").values_list("id", flat=True)
    return sum(_send_one(session_id) for session_id in list(due))


def _send_one(session_id: UUID) -> bool:
    """Send one mail, unless another process is at it or the mail server is away; whether it was sent."""
    with transaction.atomic():
        session = (
            Session.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("user", "tenant")
            .filter(pk=session_id, notice_due=True)
            .first()
        )
        if session is None:
            return False
        try:
            _mail(session).send()
        except (smtplib.SMTPException, OSError) as error:
            log.warning("reuse_notice_failed", session_id=str(session_id), error=str(error))
            return False
        Session.objects.filter(pk=session_id).update(notice_due=False)
    return True


def _mail(session: Session) -> EmailMultiAlternatives:
    """The mail about one closed session, in the person's language."""
    content = {
        "person": session.user,
        "tenant": session.tenant,
        "session": session,
    }
    with translation.override(session.user.language):
        mail = EmailMultiAlternatives(
            subject=" ".join(render_to_string("emails/session_reused_subject.txt", content).split()),
            body=render_to_string("emails/session_reused.txt", content),
            to=[session.user.email],
        )
        mail.attach_alternative(render_to_string("emails/session_reused.html", content), "text/html")
    return mail
