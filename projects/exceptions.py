"""What projects refuse."""

from django.utils.translation import gettext_lazy as _

from config.kernel.errors import Conflict


class ProjectInactive(Conflict):
    """The project is archived or cancelled; its text does not change any more."""

    default_message = _("This project is not active; make it active again to change it.")


class ReviewStateConflict(Conflict):
    """The document is not in the state that this step of the review starts from."""

    default_message = _("The document is not in a state that allows this.")


class NothingToExport(Conflict):
    """The project has no text yet."""

    default_message = _("There is no text to export yet: write a chapter first.")
