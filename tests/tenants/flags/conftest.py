"""A flag of the tests' own beside the product's."""

import pytest

from tenants.flags import registry
from tenants.flags.registry import Flag

TRIED = Flag(name="tried", description="Something that is tried out.", default=False, owner="tests")


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a registered flag that is off by default."""
    monkeypatch.setattr(registry, "_flags", {**registry._flags, TRIED.name: TRIED})
    return TRIED.name
