"""The names of what is recorded. Each app registers its own when it is ready."""

import re

from audit.constants import ACTION_MAX_CHARACTERS

_FORM = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_registered: set[str] = set()


class UnknownAction(ValueError):
    """An action that no app registered: the record would hold a name that nobody can look for."""


def register_actions(*names: str) -> None:
    """Make dotted names (`session.revoked`) known; known ones may come again.

    Raises:
        ValueError: when a name is not of that form.
    """
    for name in names:
        if not _FORM.fullmatch(name) or len(name) > ACTION_MAX_CHARACTERS:
            raise ValueError(f"expected an action like `session.revoked`, found {name!r}")
    _registered.update(names)


def registered_actions() -> list[str]:
    """Every known name, sorted."""
    return sorted(_registered)


def require_action(name: str) -> None:
    """Refuse a name that is not registered.

    Raises:
        UnknownAction: when it is not.
    """
    if name not in _registered:
        raise UnknownAction(f"expected a registered action, found {name!r}: register it in the app's ready()")
