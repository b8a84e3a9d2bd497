"""The platform's face of the admin: organisations, their hosts, people and where they belong."""

from tenants.admin import organisations, people

__all__ = ["organisations", "people"]
