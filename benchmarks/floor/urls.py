"""The floor's two addresses."""

from django.urls import path

from benchmarks.floor.views import ProjectsView, ProjectView

urlpatterns = [path("projects", ProjectsView.as_view()), path("projects/<uuid:project_id>", ProjectView.as_view())]
