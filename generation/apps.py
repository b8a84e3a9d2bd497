"""Jobs that write: providers, prompts, workflows."""

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The app of everything slow."""

    name = "generation"
    verbose_name = "Generation"
