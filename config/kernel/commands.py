"""Management commands as doors: an error of the product is one sentence and exit code 1, never a trace."""

import getpass
import logging
import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config.kernel.context import SYSTEM, Context, use_context
from config.kernel.errors import AppError

GENERATED_PASSWORD_BYTES = 15
CHATTY = 2


def sentence_of(error: AppError) -> str:
    """An error for a person at a terminal: its sentence, and each field's."""
    fields = error.details.get("fields")
    if not isinstance(fields, dict):
        return str(error)
    return " ".join([str(error), *(f"{name}: {' '.join(map(str, texts))}" for name, texts in fields.items())])


class StudioCommand(BaseCommand):
    """Runs as the system itself; the operator at the terminal is trusted.

    What services log of their success is left out, unless `--verbosity 2` asks for it: the command says it in words.
    """

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command.

        Raises:
            CommandError: with the sentence of what the product refused.
        """
        root = logging.getLogger()
        level = root.level
        if options.get("verbosity", 1) < CHATTY:
            root.setLevel(max(level, logging.WARNING))
        try:
            with use_context(Context(actor=SYSTEM)):
                return super().execute(*args, **options)
        except AppError as error:
            raise CommandError(sentence_of(error)) from error
        finally:
            root.setLevel(level)


def chosen_password(given: str | None) -> tuple[str, bool]:
    """The password for a new account, and whether it was generated (it must then be shown, once).

    The given one; else one typed twice on a terminal; else a generated one.

    Raises:
        CommandError: when the two that were typed differ.
    """
    if given is not None:
        return given, False
    if not sys.stdin.isatty():
        return secrets.token_urlsafe(GENERATED_PASSWORD_BYTES), True
    typed = getpass.getpass(_("Password: "))
    if getpass.getpass(_("Password again: ")) != typed:
        raise CommandError(_("The two passwords differ."))
    return typed, False
