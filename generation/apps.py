"""Jobs that write: providers, prompts, workflows."""

from django.apps import AppConfig


class GenerationConfig(AppConfig):
    """The app of everything slow."""

    name = "generation"
    verbose_name = "Generation"

    def ready(self) -> None:
        """Register the kinds of jobs, and how they are measured against quotas."""
        from generation.jobs.kinds import register
        from generation.jobs.quotas import measure_running, measure_started
        from generation.workflows.assemble import Assemble
        from generation.workflows.generate_chapter import GenerateChapter
        from generation.workflows.plan import Plan
        from generation.workflows.write_book import WriteBook
        from tenants.models.quota import QuotaKind
        from tenants.selectors.quotas import register_measure

        for kind in (Assemble, GenerateChapter, Plan, WriteBook):
            register(kind)
        register_measure(QuotaKind.JOBS_PER_MINUTE, measure_started)
        register_measure(QuotaKind.RUNNING_JOBS, measure_running)
