"""Projects, their documents, board and exports."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """The app of what is written."""

    name = "projects"
    verbose_name = "Projects"
