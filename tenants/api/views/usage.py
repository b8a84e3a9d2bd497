"""What was used, and what is left."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.views import ApiView
from config.kernel.errors import NotFound
from tenants.api.middleware import tenant_id_of
from tenants.api.serializers.usage import UsageOutput, UsageQuery
from tenants.selectors.usage import usage_shown


class UsageView(ApiView):
    """`GET /usage`."""

    @extend_schema(operation_id="usage_read", parameters=[UsageQuery], responses=UsageOutput, tags=["usage"])
    def get(self, request: Request) -> Response:
        """Quotas of the organisation, of me, and of the project named by `project`: used, reserved, limit."""
        tenant_id = tenant_id_of(request._request)  # noqa: SLF001
        if tenant_id is None:
            raise NotFound
        asked = self.valid_query(UsageQuery)
        found = usage_shown(actor=self.actor, tenant_id=tenant_id, project_id=asked.get("project"))
        return Response(UsageOutput(found).data)
