"""Passwords: checking one, changing one's own, setting somebody's. A changed password ends the sessions."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, verify_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services.events import security_event
from config.kernel.context import Actor
from config.kernel.errors import ValidationFailed
from tenants.choices import SessionEnd
from tenants.constants import PASSWORD_CHANGED
from tenants.models import Session, User
from tenants.models.session import password_mark_of
from tenants.selectors import directory
from tenants.selectors.belonging import acting_person
from tenants.services.sessions import sessions_revoke
from tenants.services.sign_in_attempts import attempt_of_signed_in, attempt_succeeded


def password_matches(user: User | None, raw: str) -> bool:
    """Whether `raw` is the person's password. Costs the same whether or not there is such a person.

    A hash of an older strength is renewed; that does not end the person's sessions.
    """
    correct, outdated = verify_password(raw, user.password if user else UNUSABLE_PASSWORD_PREFIX)
    if user is not None and correct and outdated:
        _renew_hash(user, raw)
    return correct


def _renew_hash(user: User, raw: str) -> None:
    """Store the same password by the present hasher, unless it was changed in this moment."""
    before = user.password
    user.set_password(raw)
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, password=before).update(password=user.password):
            same_password = Session.objects.filter(user_id=user.pk, password_mark=password_mark_of(before))
            same_password.update(password_mark=password_mark_of(user.password))
        else:
            user.password = before
    directory.forget()


def password_checked(password: str, user: User, *, field: str = "password") -> str:
    """A password that is strong enough for this person.

    Raises:
        ValidationFailed: with what is missing.
    """
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationFailed(details={"fields": {field: error.messages}}) from error
    return password


def password_proved(*, actor: Actor, user: User, current: str) -> None:
    """Let a signed-in person go on only with their present password.

    Raises:
        RateLimited, Degraded: too many wrong guesses lately, or they can't be counted.
        ValidationFailed: when it is wrong.
    """
    attempt = attempt_of_signed_in(user=user, session_id=actor.session_id)
    if not verify_password(current, user.password)[0]:
        raise ValidationFailed.field("current_password", _("This is not your current password."))
    attempt_succeeded(attempt)


def password_change(*, actor: Actor, current: str, new: str) -> User:
    """Change one's own password, and end every other session of the person.

    Raises:
        AuthenticationFailed: when nobody is signed in.
        RateLimited, Degraded: too many wrong guesses lately, or they can't be counted.
        ValidationFailed: when `current` is wrong, or `new` is too weak.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=acting_person(actor).pk)
        password_proved(actor=actor, user=user, current=current)
        _store(user, new, field="new_password", keeps=actor)
        _record(actor, user)
    directory.forget()
    return user


def password_set(*, actor: Actor, user: User, new: str) -> User:
    """Give somebody a new password, and end all their sessions. The caller's permission was checked by its door.

    Raises:
        ValidationFailed: when `new` is too weak.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        _store(locked, new, field="password", keeps=actor if actor.user_id == user.pk else None)
        _record(actor, locked)
    directory.forget()
    return locked


def _record(actor: Actor, user: User) -> None:
    security_event(
        action=PASSWORD_CHANGED,
        actor=actor,
        target_type="person",
        target_id=user.pk,
        target_label=user.email,
        schema="public",
    )


def _store(user: User, new: str, *, field: str, keeps: Actor | None) -> None:
    """Validate and save the password; end all sessions but the one that `keeps` acts by."""
    user.set_password(password_checked(new, user, field=field))
    user.save(update_fields=["password"])
    kept = keeps.session_id if keeps else None
    sessions_revoke(user_id=user.pk, reason=SessionEnd.PASSWORD, except_id=kept)
    if kept is not None:
        Session.objects.filter(pk=kept).update(password_mark=password_mark_of(user.password))
