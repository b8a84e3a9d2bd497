"""One project and a list of fifty, as DRF's tutorial writes them."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.views import APIView

from benchmarks.floor.models import FloorProject

PAGE_SIZE = 50


class FloorSerializer(ModelSerializer):
    """Every column."""

    class Meta:
        model = FloorProject
        fields = "__all__"


class ProjectView(APIView):
    """One SELECT, one serializer."""

    def get(self, _request: Request, project_id: UUID) -> Response:
        return Response(FloorSerializer(FloorProject.objects.get(pk=project_id)).data)


class ProjectsView(APIView):
    """One SELECT of fifty rows, one serializer."""

    def get(self, _request: Request) -> Response:
        return Response(FloorSerializer(FloorProject.objects.order_by("-id")[:PAGE_SIZE], many=True).data)
