"""The shell as an app: it owns the `studio` command and starts logging and Celery with Django."""

from django.apps import AppConfig

SERVING = frozenset({"web", "live", "worker"})


class ConfigConfig(AppConfig):
    """Connects what every process needs once the apps are ready."""

    name = "config"
    verbose_name = "Studio"

    def ready(self) -> None:
        """Configure logging and make the Celery application current, so that tasks bind to it.

        Raises:
            ImproperlyConfigured: in a process that serves, behind a pooler that would mix organisations up.
        """
        import os

        from django.conf import settings

        from config import celery
        from config.kernel import checks, logs, pooling

        logs.configure()
        celery.app.set_current()
        checks.register()
        if os.environ.get("STUDIO_PROCESS") in SERVING:
            pooling.refuse_shared_connections(settings.DATABASES["default"])
