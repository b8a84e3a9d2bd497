"""The flags there are. Each app registers its own when it is ready; a name that nobody registered is a mistake."""

import re
from dataclasses import dataclass
from typing import Any

from tenants.models.flag import FLAG_NAME_MAX

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_flags: dict[str, "Flag"] = {}


class UnknownFlag(LookupError):
    """The code asks for a flag that no app registered."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A feature that an operator may switch.

    `default` holds where no rule speaks. `description` is a sentence, marked for translation. `owner` is the app that
    asks for the flag and takes it out when the feature has settled.
    """

    name: str
    description: Any
    default: bool
    owner: str


def register(*flags: Flag) -> None:
    """Make flags known to this process.

    Raises:
        ValueError: for a name that is no identifier of at most 63 lower-case letters, digits and underscores, or that
            another flag has already.
    """
    for flag in flags:
        if not _NAME.fullmatch(flag.name) or len(flag.name) > FLAG_NAME_MAX:
            raise ValueError(f"a flag's name is lower case with underscores, found {flag.name!r}")
        if _flags.setdefault(flag.name, flag) != flag:
            raise ValueError(f"two flags are called {flag.name!r}")


def registered(name: str) -> Flag:
    """The flag of this name.

    Raises:
        UnknownFlag: when no app registered it.
    """
    try:
        return _flags[name]
    except KeyError:
        raise UnknownFlag(f"no flag is called {name!r}; known are: {', '.join(sorted(_flags))}") from None


def all_flags() -> list[Flag]:
    """Every registered flag, by name."""
    return [_flags[name] for name in sorted(_flags)]
