"""The tables of the record."""

from audit.models.chain import Chain
from audit.models.security_event import SecurityEvent

__all__ = ["Chain", "SecurityEvent"]
