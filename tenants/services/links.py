"""Links that travel by mail: asked for, redeemed once, withdrawn, forgotten. `link_mails` sends them."""

from datetime import timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from config.kernel.tasks import enqueue
from tenants.choices import LinkPurpose
from tenants.constants import LINKS_SEND_TASK
from tenants.exceptions import LinkInvalid
from tenants.models import MailedLink
from tenants.tokens.mailed import digest_of

log = structlog.get_logger(__name__)

LIFE = {
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.PASSWORD_RESET: timedelta(hours=1),
    LinkPurpose.EMAIL: timedelta(days=1),
    LinkPurpose.SIGN_UP: timedelta(days=1),
}
KEEP_DAYS = 30


def link_ask(purpose: LinkPurpose, *, email: str, **fields: Any) -> MailedLink:
    """Note that a mail with a link is due, and have it sent once the transaction commits.

    Takes the same steps whoever the address belongs to. `fields` are further columns of the link.
    """
    now = timezone.now()
    link = MailedLink.objects.create(
        purpose=purpose,
        email=email,
        language=get_language() or "en",
        created_at=now,
        expires_at=now + LIFE[purpose],
        **fields,
    )
    enqueue(LINKS_SEND_TASK, schema="public", queue="maintenance")
    log.info("link_asked", purpose=str(purpose), link_id=str(link.pk))
    return link


def links_open(purpose: LinkPurpose) -> QuerySet[MailedLink]:
    """The links of this purpose that may still be used or sent."""
    return MailedLink.objects.filter(
        purpose=purpose, used_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
    )


def link_read(purpose: LinkPurpose, token: str) -> MailedLink:
    """The open link of this token.

    Raises:
        LinkInvalid: it is unknown, used, withdrawn or too old.
    """
    found = links_open(purpose).select_related("tenant").filter(token_digest=digest_of(token)).first()
    if found is None:
        raise LinkInvalid
    return found


def link_redeem(purpose: LinkPurpose, token: str) -> MailedLink:
    """Spend a link, inside the caller's transaction: of many at once one gets it, and a refusal gives it back.

    Raises:
        LinkInvalid: it is unknown, used, withdrawn or too old.
    """
    link = link_read(purpose, token)
    if not links_open(purpose).filter(pk=link.pk).update(used_at=timezone.now()):
        raise LinkInvalid
    log.info("link_redeemed", purpose=str(purpose), link_id=str(link.pk))
    return link


def links_withdraw(links: QuerySet[MailedLink]) -> int:
    """Make links useless; how many there were."""
    return links.filter(used_at__isnull=True, withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())


def links_purge() -> int:
    """Delete links that ended more than `KEEP_DAYS` days ago; how many."""
    before = timezone.now() - timedelta(days=KEEP_DAYS)
    return MailedLink.objects.filter(expires_at__lt=before).delete()[0]
