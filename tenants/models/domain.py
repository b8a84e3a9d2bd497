"""A host at which an organisation answers."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_tenants.models import DomainMixin


class Domain(DomainMixin):
    """One host name; the primary one stands in links."""

    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("domain")
        verbose_name_plural = _("domains")
        ordering = ("domain",)

    def __str__(self) -> str:
        return str(self.domain)
