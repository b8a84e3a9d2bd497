"""`manage.py studio`: start the studio on this machine."""

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand

from config.studio import commands


class Command(BaseCommand):
    """The launcher among the other commands. Called by `manage.py`, it runs before Django is loaded at all."""

    help = "Start the studio on this machine: PostgreSQL, Valkey, web, workers and beat."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the launcher's own options."""
        commands.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the launcher and leave with its exit code."""
        sys.exit(commands.execute(argparse.Namespace(**options)))
