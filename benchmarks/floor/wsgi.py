"""The floor's application. `DJANGO_SETTINGS_MODULE` says which floor; the collector is frozen as in the studio."""

import gc

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
gc.collect()
gc.freeze()
