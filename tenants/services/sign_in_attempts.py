"""How often a password may be tried, so that guessing is slow and the owner is never locked out.

Strangers to an account share one small bucket, wherever they come from: a hundred guesses at once are five. Whoever the
account knows has a bucket of their own, which no stranger can use up: a device that keeps the mark of an earlier
sign-in, or an address from which its owner signed in lately. Right passwords do not count. Accounts that do not exist
are counted like those that do.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.utils import timezone
from uuid_utils.compat import uuid7

from config.kernel.limits.gate import Subject, address_unit, give_back, require
from config.kernel.limits.policies import Group
from tenants.models import Session, User

KNOWN_FOR = timedelta(days=90)
MARK_MAX_CHARACTERS = 512
NOBODY = UUID(int=0)
_SALT = "tenants.known_device"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was let through to the password check."""

    subject: Subject


def known_mark_of(user: User) -> str:
    """A mark for a device on which this person has just signed in. It opens nothing: it only names a bucket."""
    return signing.dumps([str(user.pk), uuid7().hex], salt=_SALT)


def attempt_begin(*, email: str, user: User | None, address: str | None, known_mark: str = "") -> Attempt:
    """Count an attempt to sign in as `email`, before its password is looked at. `user` is whose account that is.

    Raises:
        RateLimited: too many attempts lately.
        Degraded: attempts can't be counted now.
    """
    return _admitted(email, address, _known(user, address, known_mark))


def attempt_of_signed_in(*, user: User, session_id: UUID | None) -> Attempt:
    """Count an attempt to name the present password by somebody who is signed in: by their session.

    Raises:
        RateLimited: too many attempts lately.
        Degraded: attempts can't be counted now.
    """
    return _admitted(user.email, None, f"session:{session_id}")


def _admitted(email: str, address: str | None, known: str) -> Attempt:
    account = hashlib.sha256(email.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()
    subject = Subject(address=address, account=account, known=known)
    require(Group.PASSWORD, subject)
    return Attempt(subject)


def attempt_succeeded(attempt: Attempt) -> None:
    """The password was right: the attempt does not count."""
    give_back(Group.PASSWORD, attempt.subject)


def _known(user: User | None, address: str | None, mark: str) -> str:
    """The name of a bucket of one's own, or an empty string for strangers."""
    device = _device(mark)
    if user is not None and device is not None and device[0] == str(user.pk):
        return f"device:{device[1]}"
    # Asked for accounts that do not exist as well: the answer must not take longer for those that do.
    if address and _signed_in_from(user.pk if user is not None else NOBODY, address):
        return f"address:{address_unit(address)}"
    return ""


def _signed_in_from(person_id: UUID, address: str) -> bool:
    since = timezone.now() - KNOWN_FOR
    return Session.objects.filter(user_id=person_id, address=address, created_at__gte=since).exists()


def _device(mark: str) -> tuple[str, str] | None:
    """The person and the device that a mark names; None for one that is not ours or too old."""
    if not mark or len(mark) > MARK_MAX_CHARACTERS:
        return None
    try:
        person, device = signing.loads(mark, salt=_SALT, max_age=KNOWN_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(person), str(device)
