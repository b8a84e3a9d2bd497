"""Feature flags: `flag_enabled("name")`, with defaults in code and rules in the database."""

from tenants.flags.evaluation import flag_enabled, flags_shown, require_flag
from tenants.flags.registry import Flag, UnknownFlag, register

__all__ = ["Flag", "UnknownFlag", "flag_enabled", "flags_shown", "register", "require_flag"]
