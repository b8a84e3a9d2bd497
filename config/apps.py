"""The shell as an app: it owns the `studio` command and starts logging and Celery with Django."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Connects what every process needs once the apps are ready."""

    name = "config"
    verbose_name = "Studio"

    def ready(self) -> None:
        """Configure logging and make the Celery application current, so that tasks bind to it."""
        from config import celery
        from config.kernel import logs

        logs.configure()
        celery.app.set_current()
