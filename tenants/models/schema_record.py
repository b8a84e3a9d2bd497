"""What the studio knows of its schemas: how a new one is made, and how far each is migrated."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.choices import SchemaState


class SchemaDump(models.Model):
    """The template schema as SQL without a schema's name in it; replayed to make an organisation.

    `key` is a digest of the migrations that the template has recorded, of the server's version and of the way of
    dumping: another state is another key. Only the newest row is kept.
    """

    key = models.CharField(_("key"), max_length=64, unique=True)
    sql = models.TextField(_("SQL"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("schema dump")
        verbose_name_plural = _("schema dumps")
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class SchemaStatus(models.Model):
    """How the last migration of one schema ended. `error` is what the database said, for operators."""

    schema_name = models.CharField(_("schema"), max_length=63, unique=True)
    state = models.CharField(_("state"), max_length=16, choices=SchemaState)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("schema")
        verbose_name_plural = _("schemas")
        ordering = ("schema_name",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.schema_name}: {self.state}"
