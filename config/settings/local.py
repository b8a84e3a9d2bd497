"""The embedded studio and a developer's machine."""

from config.settings.base import *  # noqa: F403
from config.settings.base import ENV, PLATFORM_HOSTS

DEBUG = False
PLATFORM_HOSTS += [host for host in ("localhost", "127.0.0.1", "[::1]") if host not in PLATFORM_HOSTS]
WHITENOISE_AUTOREFRESH = False
INTERNAL_PORT = ENV.STUDIO_PORT
