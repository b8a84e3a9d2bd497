"""Projects, their documents, board and exports."""

from django.apps import AppConfig
from django.db.models.signals import post_delete


class ProjectsConfig(AppConfig):
    """The app of what is written."""

    name = "projects"
    verbose_name = "Projects"

    def ready(self) -> None:
        """Register roles on projects, formats of export, the history to keep."""
        from audit.services.actions import register_actions
        from audit.services.history import keep_history
        from collaboration.permissions import register
        from projects.constants import PROJECT_TRANSFERRED
        from projects.export.registry import register_all
        from projects.models import Document, Project, Task
        from projects.permissions import TARGET
        from projects.receivers import forget_roles
        from projects.selectors.storage import measure_storage, sees_project
        from projects.services.archive_files import archive_files
        from tenants.models.quota import QuotaKind, QuotaScope
        from tenants.selectors.quotas import register_measure, register_sight
        from tenants.services.organisation_archive import register_files

        register(TARGET)
        register_actions(PROJECT_TRANSFERRED)
        register_files("projects", archive_files)
        register_measure(QuotaKind.STORAGE, measure_storage)
        register_sight(QuotaScope.PROJECT, sees_project)
        register_all()
        register_actions("project.deleted", "project.exported")
        keep_history(Project)
        keep_history(Document, exclude=("body",))  # every text is kept as a version
        keep_history(Task)
        post_delete.connect(forget_roles, sender=Project, dispatch_uid="projects.forget_roles")
