#!/usr/bin/env python
"""The studio's command line."""

import importlib.util
import os
import sys

from config.studio.errors import REFUSED_EXIT_CODE, StudioRefused

INTERRUPTED_EXIT_CODE = 130  # 128 and SIGINT's number, as shells count


def main() -> int:
    """Run one management command; the launcher before settings are loaded, because it makes what they need."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    if importlib.util.find_spec("django") is None:
        sys.stderr.write(f"{sys.executable} has no Django: run `make install`, then use .venv/bin/python manage.py\n")
        return REFUSED_EXIT_CODE
    if sys.argv[1:2] == ["studio"]:
        from config.studio import commands  # noqa: PLC0415  (other commands need none of it)

        return commands.main(sys.argv[2:], prog="manage.py studio")
    try:
        return _run_command()
    except StudioRefused as refusal:  # the data directory, met while settings were loaded
        sys.stderr.write(f"studio: {refusal}\n")
        return REFUSED_EXIT_CODE
    except KeyboardInterrupt:  # Ctrl-C needs no explanation
        return INTERRUPTED_EXIT_CODE


def _run_command() -> int:
    """Run a command of Django's; one that needs a server and finds none says so in a sentence."""
    from django.conf import settings  # noqa: PLC0415  (the settings module is chosen first)
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db.utils import OperationalError  # noqa: PLC0415
    from redis.exceptions import ConnectionError as ValkeyAwayError  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except (OperationalError, ValkeyAwayError):
        if settings.SERVICES_FOUND:
            raise
        sys.stderr.write(
            f"No servers run in {settings.STUDIO_DATA_DIR}: start the studio with `make up` "
            f"(or `python -m config.studio run -- COMMAND` for one command), or set DATABASE_URL and REDIS_URL.\n"
        )
        return REFUSED_EXIT_CODE
    return 0


if __name__ == "__main__":
    sys.exit(main())
