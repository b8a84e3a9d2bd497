"""The web processes' entrance: API, admin, browsable API."""

import gc
import os

os.environ["STUDIO_PROCESS"] = "web"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

# What start-up made lives as long as the process; without freezing it every full collection walks it all,
# and those pauses are the tail of the latency.
gc.collect()
gc.freeze()
