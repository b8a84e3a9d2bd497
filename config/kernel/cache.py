"""Cache keys. `caches["default"]` is the organisation's own, `caches["global"]` is everybody's."""

from config.kernel.schemas import present_schema

PREFIX = "nf"


def tenant_key(key: str, key_prefix: str, version: int) -> str:
    """A key that only the present schema can meet; django-tenants' own separates nothing in the global alias."""
    return f"{PREFIX}:t:{present_schema()}:{key_prefix}:{version}:{key}"


def global_key(key: str, key_prefix: str, version: int) -> str:
    """A key that is the same in every schema."""
    return f"{PREFIX}:g:{key_prefix}:{version}:{key}"
