"""The platform's face of the admin: organisations, their hosts, people, where they belong, features and quotas."""

from tenants.admin import flags, organisations, people, quotas, security_events

__all__ = ["flags", "organisations", "people", "quotas", "security_events"]
