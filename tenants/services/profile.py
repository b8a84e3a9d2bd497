"""What people change of themselves."""

from config.kernel.context import Actor
from tenants.models import User
from tenants.selectors.belonging import acting_person

CHANGEABLE = frozenset({"name", "language"})


def profile_update(*, actor: Actor, **changes: str) -> User:
    """Change one's own name or language.

    Raises:
        AuthenticationFailed: when nobody is signed in.
        TypeError: for a field that people do not change by themselves.
    """
    strangers = set(changes) - CHANGEABLE
    if strangers:
        raise TypeError(f"expected some of {sorted(CHANGEABLE)}, found {sorted(strangers)}")
    user = acting_person(actor)
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=sorted(changes))
    return user
