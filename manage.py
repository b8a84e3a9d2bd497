#!/usr/bin/env python
"""The studio's command line."""

import importlib.util
import os
import sys

from config.studio.errors import REFUSED_EXIT_CODE, StudioRefused


def main() -> int:
    """Run one management command; the launcher before settings are loaded, because it makes what they need."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    if importlib.util.find_spec("django") is None:
        sys.stderr.write(f"{sys.executable} has no Django: run `make install`, then use .venv/bin/python manage.py\n")
        return REFUSED_EXIT_CODE
    if sys.argv[1:2] == ["studio"]:
        from config.studio import commands  # noqa: PLC0415  (other commands need none of it)

        return commands.main(sys.argv[2:], prog="manage.py studio")
    from django.core.management import execute_from_command_line  # noqa: PLC0415  (settings come first)

    try:
        execute_from_command_line(sys.argv)
    except StudioRefused as refusal:  # the data directory, met while settings were loaded
        sys.stderr.write(f"studio: {refusal}\n")
        return REFUSED_EXIT_CODE
    return 0


if __name__ == "__main__":
    sys.exit(main())
