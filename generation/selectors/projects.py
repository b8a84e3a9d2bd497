"""Finding a project by what a person types, and its last files."""

from uuid import UUID

from django.utils.translation import gettext as _

from config.kernel.context import SYSTEM
from config.kernel.errors import Conflict, NotFound
from projects.models import Export, Project


def project_named(text: str) -> Project:
    """The project of the present organisation with this id or, in whatever case, this title.

    Raises:
        NotFound: there is none.
        Conflict: several have this title; `details.projects` has their ids.
    """
    projects = Project.objects.visible_to(SYSTEM)
    try:
        found = list(projects.filter(pk=UUID(text)))
    except ValueError:
        found = list(projects.filter(title__iexact=text.strip()).order_by("id")[:20])
    if not found:
        raise NotFound(_("There is no project “%(text)s” in this organisation.") % {"text": text[:80]})
    if len(found) > 1:
        ids = [str(project.pk) for project in found]
        raise Conflict(
            _("Several projects are called “%(text)s”; name one by its id: %(ids)s.")
            % {"text": text[:80], "ids": ", ".join(ids)},
            details={"projects": ids},
        )
    project: Project = found[0]
    return project


def exports_named(ids: list[UUID]) -> list[Export]:
    """The files with these ids, as far as they exist, with their content; oldest first."""
    return list(Export.objects.filter(pk__in=ids).order_by("id"))
