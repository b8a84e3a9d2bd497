"""What the platform does for its people in the background."""

from celery import shared_task

from tenants.constants import (
    ARCHIVES_TASK,
    LINKS_PURGE_TASK,
    LINKS_SEND_TASK,
    PURGE_TASK,
    QUOTAS_TIDY_TASK,
    REUSE_NOTICES_TASK,
    SESSIONS_PURGE_TASK,
)
from tenants.services.link_mails import links_send
from tenants.services.links import links_purge
from tenants.services.organisation_export import organisation_exports_make
from tenants.services.organisations import organisations_purge_due
from tenants.services.quotas import quotas_expire, quotas_purge
from tenants.services.session_notices import reuse_notices_send
from tenants.services.sessions import sessions_purge


@shared_task(name=REUSE_NOTICES_TASK, platform=True)
def session_reuse_notices() -> int:
    """Tell the people whose sessions a replayed token closed; the number of mails."""
    return reuse_notices_send()


@shared_task(name=SESSIONS_PURGE_TASK, platform=True)
def purge_sessions() -> int:
    """Delete sessions that ended long ago; their number."""
    return sessions_purge()


@shared_task(name=PURGE_TASK, platform=True)
def purge_organisations() -> tuple[int, int]:
    """Remove organisations whose grace is over; how many were purged and how many must wait for the next round."""
    return organisations_purge_due()


@shared_task(name=LINKS_SEND_TASK, platform=True)
def send_links() -> int:
    """Send the mails with links that are due; their number."""
    return links_send()


@shared_task(name=LINKS_PURGE_TASK, platform=True)
def purge_links() -> int:
    """Delete links that ended long ago; their number."""
    return links_purge()


@shared_task(name=QUOTAS_TIDY_TASK, platform=True)
def tidy_quotas() -> tuple[int, int]:
    """Free reservations whose work was lost, and delete those closed long ago; how many of each."""
    return quotas_expire(), quotas_purge()


@shared_task(name=ARCHIVES_TASK, platform=True)
def make_organisation_exports() -> int:
    """Make the archives that wait; their number."""
    return organisation_exports_make()
