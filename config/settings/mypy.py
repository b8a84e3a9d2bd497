"""What the type checker reads: the models and settings of any environment, without looking for servers."""

from config.settings.local import *  # noqa: F403
