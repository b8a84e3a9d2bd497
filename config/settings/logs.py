"""Logging: structlog, one line per request or task, JSON for machines or columns for people."""

from typing import Any

from config.env import Environment


def logging_settings(env: Environment) -> dict[str, Any]:
    """Django's LOGGING; `config.kernel.logs.configure` does the rest at start."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"studio": {"()": "config.kernel.logs.formatter", "style": env.LOG_FORMAT}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "studio"}},
        "root": {"handlers": ["stderr"], "level": env.LOG_LEVEL},
        "loggers": {
            # The request middleware logs each answer, and each fault once with its trace.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "WARNING"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
            "httpx": {"level": "WARNING"},
            "openai": {"level": "WARNING"},
            "celery.redirected": {"level": "WARNING"},
            # Jobs log a line of their own; that a task came and went every few seconds is noise.
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
