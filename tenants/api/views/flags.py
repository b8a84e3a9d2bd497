"""Feature flags, as they stand for whoever asks."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.views import ApiView
from tenants.api.serializers.flags import FlagsOutput
from tenants.flags import flags_shown


class FlagsView(ApiView):
    """What is switched on here."""

    tenant_required = False

    @extend_schema(operation_id="flags_read", responses=FlagsOutput, tags=["me"])
    def get(self, request: Request) -> Response:
        """The feature flags as evaluated for me, in this organisation."""
        return Response({"flags": flags_shown(actor=self.actor)})
