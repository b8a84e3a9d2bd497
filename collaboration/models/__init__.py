"""The tables of working together."""

from collaboration.models.role_grant import RoleGrant

__all__ = ["RoleGrant"]
