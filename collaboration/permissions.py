"""What kinds of objects have roles, and which abilities each role names.

An app registers its types when the apps are ready. Abilities are projected on guardian's object permissions, whose
codenames (`project_view`) are unique over all models: content type ids differ between schemas, names do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from config.kernel.errors import ValidationFailed


@dataclass(frozen=True)
class TargetType:
    """A kind of object on which people hold roles.

    `label` is the model's (`projects.project`); `keep_role` names the role that must never be without a holder.
    """

    label: str
    abilities: tuple[str, ...]
    roles: Mapping[str, frozenset[str]]
    keep_role: str

    @property
    def app_label(self) -> str:
        """The app of the model."""
        return self.label.partition(".")[0]

    @property
    def model_name(self) -> str:
        """The model's name in lower case."""
        return self.label.partition(".")[2]

    @cached_property
    def codenames(self) -> dict[str, str]:
        """Ability -> codename of its permission row."""
        return {ability: f"{self.model_name}_{ability}" for ability in self.abilities}

    def abilities_of(self, role: str) -> frozenset[str]:
        """What `role` may do here.

        Raises:
            ValidationFailed: when there is no such role.
        """
        if role not in self.roles:
            known = ", ".join(sorted(self.roles))
            raise ValidationFailed.field(
                "role", _("Expected one of: %(known)s; found %(role)r.") % {"known": known, "role": role[:40]}
            )
        return self.roles[role]


_types: dict[str, TargetType] = {}


def register(target: TargetType) -> None:
    """Make a type of target known. Registering the same one again changes nothing.

    Raises:
        ValueError: when a role names an unknown ability, when `keep_role` is no role, or when a different type or a
            codename of another type is registered already.
    """
    for role, abilities in target.roles.items():
        if strangers := abilities - set(target.abilities):
            raise ValueError(f"{target.label}: role {role} names unknown abilities {sorted(strangers)}")
    if target.keep_role not in target.roles:
        raise ValueError(f"{target.label}: the kept role {target.keep_role!r} is not among {sorted(target.roles)}")
    if _types.get(target.label, target) != target:
        raise ValueError(f"{target.label} is registered already, with other roles")
    taken = {name for other in _types.values() if other.label != target.label for name in other.codenames.values()}
    if doubles := taken & set(target.codenames.values()):
        raise ValueError(f"{target.label}: permission names in use by another type: {sorted(doubles)}")
    _types[target.label] = target


def target_type(label: str) -> TargetType:
    """The registered type of this label.

    Raises:
        ValidationFailed: when objects of this type have no roles.
    """
    found = _types.get(label)
    if found is None:
        known = ", ".join(sorted(_types))
        raise ValidationFailed.field(
            "target_type", _("Expected one of: %(known)s; found %(label)r.") % {"known": known, "label": label[:80]}
        )
    return found


def target_types() -> tuple[TargetType, ...]:
    """Every registered type."""
    return tuple(_types.values())
