"""Abstract bases of the apps' tables. The kernel itself has none."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7


class Row(models.Model):
    """A UUIDv7 key (unique and in order of creation) and the two times.

    `default_permissions` is empty: Django would write rows of `auth_permission` in the public schema with content
    type ids of an organisation's schema.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True
        default_permissions = ()
