"""An organisation's face of the admin: who holds which role on what."""

from django.contrib import admin

from collaboration.models import RoleGrant
from config.administration.models import OrganisationAdmin


@admin.register(RoleGrant)
class RoleGrantAdmin(OrganisationAdmin):
    """Roles; they are granted and revoked in the studio."""

    list_display = ("user", "role", "target_type", "target_id", "granted_by", "created_at")
    list_filter = ("role", "target_type")
    search_fields = ("user__email", "user__name", "target_id")
    list_select_related = ("user", "granted_by")
