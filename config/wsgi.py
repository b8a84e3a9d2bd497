"""The web processes' entrance: API, admin, browsable API."""

import gc
import os
from importlib import import_module

os.environ["STUDIO_PROCESS"] = "web"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from tenants.tokens.keys import key_ring

application = get_wsgi_application()

# Reading the signing keys takes a third of a second, and one that is weak or broken has to stop the process.
key_ring()

# The views as well: the first request would load them otherwise, and the collector would walk them ever after.
import_module(settings.ROOT_URLCONF)

# What start-up made lives as long as the process; without freezing it every full collection walks it all,
# and those pauses are the tail of the latency.
gc.collect()
gc.freeze()
