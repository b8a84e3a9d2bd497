"""The organisation itself."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.serializers.second_factor import ProofInput
from tenants.api.views.members import OrganisationView
from tenants.choices import TenantStatus
from tenants.services.organisation_closing import organisation_close


class CloseInput(ProofInput):
    """The organisation's slug, typed so that nobody gives up the wrong one, and the present password."""

    slug = serializers.CharField(max_length=63)


class ClosedOutput(serializers.Serializer[Any]):
    """The organisation is not served any more; its data is purged after `delete_after`."""

    slug = serializers.CharField()
    status = serializers.ChoiceField(choices=TenantStatus.choices)
    delete_after = serializers.DateTimeField()


class CloseView(OrganisationView):
    """Giving the organisation up. For its admins."""

    @extend_schema(operation_id="organisation_close", request=CloseInput, responses=ClosedOutput, tags=["organisation"])
    def post(self, request: Request) -> Response:
        """Stop serving it now, and have it purged after the grace period. Until then an operator can resume it."""
        closed = organisation_close(actor=self.actor, tenant_id=self.tenant_id, **self.valid(CloseInput))
        return Response(ClosedOutput(closed).data)
