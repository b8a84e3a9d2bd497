"""Makers of things for tests, one file per app."""


def short(value: object) -> str:
    """A parameter as a test's name shows it."""
    return str(value)[:60]
