"""Handing a project to another owner."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.views import ApiView, Input
from projects.services.transfer import project_transfer


class TransferInput(Input):
    """Who owns the project from now on."""

    user = serializers.UUIDField()


class TransferView(ApiView):
    """`POST /projects/{id}/transfer`."""

    @extend_schema(operation_id="projects_transfer", request=TransferInput, responses={204: None})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Make somebody else the owner; former owners become editors. For owners, and admins of the organisation."""
        project_transfer(actor=self.actor, project_id=project_id, user_id=self.valid(TransferInput)["user"])
        return Response(status=204)
