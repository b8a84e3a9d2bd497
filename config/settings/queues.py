"""Celery: the broker carries `(schema, job_id)`, nothing else; the job's row is the truth."""

from typing import Any

from config.env import Environment


def celery_settings(env: Environment, broker_url: str) -> dict[str, Any]:
    """The CELERY_* settings of Django, for `config.celery`."""
    return {
        "CELERY_BROKER_URL": env.QUEUE_BACKEND_URL or broker_url,
        "CELERY_RESULT_BACKEND": "django-db",
        "CELERY_RESULT_EXTENDED": True,
        "CELERY_RESULT_EXPIRES": 7 * 86400,
        "CELERY_TASK_TRACK_STARTED": False,
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_ACCEPT_CONTENT": ["json"],
        "CELERY_TASK_DEFAULT_QUEUE": "maintenance",
        "CELERY_TASK_ACKS_LATE": False,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_WORKER_HIJACK_ROOT_LOGGER": False,
        "CELERY_WORKER_SEND_TASK_EVENTS": False,
        "CELERY_TASK_IGNORE_RESULT": False,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "visibility_timeout": 3600,
            # A worker of several queues empties them in the order in which it was told them: high, medium, low.
            "queue_order_strategy": "priority",
            "socket_timeout": 5,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
        },
        "CELERY_REDIS_SOCKET_TIMEOUT": 10,
        "CELERY_TASK_PUBLISH_RETRY_POLICY": {"max_retries": 1, "interval_start": 0, "interval_step": 0.1},
        "CELERY_BEAT_SCHEDULER": "celery.beat:PersistentScheduler",
        "CELERY_BEAT_SCHEDULE": _schedule(env),
        "CELERY_DB_REUSE_MAX": env.CELERY_DB_REUSE_MAX,
        "CELERY_TIMEZONE": "UTC",
        "CELERY_ENABLE_UTC": True,
        "CELERY_TASK_TENANT_CACHE_SECONDS": 5,
    }


def _schedule(env: Environment) -> dict[str, Any]:
    """What beat starts by the clock; `schedule` in seconds."""
    return {
        "purge-organisations": {
            "task": "tenants.organisations_purge",
            "schedule": 3600,
            "options": {"queue": "maintenance", "expires": 3600},
        },
        # The event itself asks for it; this is for the mails that could not be sent then.
        "send-reuse-notices": {
            "task": "tenants.session_reuse_notices",
            "schedule": 300,
            "options": {"queue": "maintenance", "expires": 300},
        },
        # The same for invitations, new passwords and verifications.
        "send-links": {
            "task": "tenants.links_send",
            "schedule": 60,
            "options": {"queue": "maintenance", "expires": 60},
        },
        "make-organisation-exports": {
            "task": "tenants.organisation_exports_make",
            "schedule": 300,
            "options": {"queue": "maintenance", "expires": 300},
        },
        "purge-links": {
            "task": "tenants.links_purge",
            "schedule": 86400,
            "options": {"queue": "maintenance", "expires": 86400},
        },
        "tidy-quotas": {
            "task": "tenants.quotas_tidy",
            "schedule": 300,
            "options": {"queue": "maintenance", "expires": 300},
        },
        "purge-sessions": {
            "task": "tenants.sessions_purge",
            "schedule": 86400,
            "options": {"queue": "maintenance", "expires": 86400},
        },
        "prune-records": {
            "task": "audit.records_prune",
            "schedule": 86400,
            "options": {"queue": "maintenance", "expires": 86400},
        },
        "sweep-jobs": {
            "task": "generation.jobs_sweep",
            "schedule": env.JOB_SWEEP_S,
            # A sweep that nobody ran before the next is due is worth nothing.
            "options": {"queue": "maintenance", "expires": env.JOB_SWEEP_S},
        },
    }
