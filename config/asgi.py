"""The entrance for an ASGI server. The API belongs under WSGI; only long-lived streams belong here."""

import os

os.environ.setdefault("STUDIO_PROCESS", "live")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
