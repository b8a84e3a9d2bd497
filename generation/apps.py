"""Jobs that write: providers, prompts, workflows."""

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The app of everything slow."""

    name = "generation"
    verbose_name = "Generation"

    def ready(self) -> None:
        """Register the kinds of jobs."""
        from generation.jobs.kinds import register
        from generation.workflows.assemble import Assemble
        from generation.workflows.generate_chapter import GenerateChapter
        from generation.workflows.plan import Plan
        from generation.workflows.write_book import WriteBook

        for kind in (Assemble, GenerateChapter, Plan, WriteBook):
            register(kind)
