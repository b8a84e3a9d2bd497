"""The Celery application. Workers start with `celery -A config.celery worker`."""

import os

from django.conf import settings

if not settings.configured:
    os.environ.setdefault("STUDIO_PROCESS", "worker")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

from tenant_schemas_celery.app import CeleryApp

app = CeleryApp("novellaforge", task_cls="config.kernel.tasks:TenantTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add("config.operations.heartbeat:HeartbeatStep")
