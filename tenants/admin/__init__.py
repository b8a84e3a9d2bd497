"""The platform's face of the admin: organisations, their hosts, people, where they belong, and features."""

from tenants.admin import flags, organisations, people

__all__ = ["flags", "organisations", "people"]
