"""Addresses of projects and what is in them."""

from django.urls import URLPattern, path

from projects.api.views import board, documents, exports, projects, transfer, versions

urlpatterns: list[URLPattern] = [
    path("projects", projects.ProjectList.as_view(), name="projects"),
    path("projects/<uuid:project_id>", projects.ProjectView.as_view(), name="project"),
    path("projects/<uuid:project_id>/transfer", transfer.TransferView.as_view(), name="project-transfer"),
    path("projects/<uuid:project_id>/documents", documents.DocumentList.as_view(), name="documents"),
    path("projects/<uuid:project_id>/final-content", documents.FinalContentView.as_view(), name="final-content"),
    path("projects/<uuid:project_id>/tasks", board.TaskList.as_view(), name="tasks"),
    path("projects/<uuid:project_id>/exports", exports.ExportList.as_view(), name="exports"),
    path("documents/<uuid:document_id>", documents.DocumentView.as_view(), name="document"),
    path("documents/<uuid:document_id>/move", documents.DocumentMoveView.as_view(), name="document-move"),
    path("documents/<uuid:document_id>/submit", documents.DocumentSubmitView.as_view(), name="document-submit"),
    path("documents/<uuid:document_id>/approve", documents.DocumentApproveView.as_view(), name="document-approve"),
    path("documents/<uuid:document_id>/reject", documents.DocumentRejectView.as_view(), name="document-reject"),
    path("documents/<uuid:document_id>/versions", versions.VersionList.as_view(), name="versions"),
    path("documents/<uuid:document_id>/versions/<int:number>", versions.VersionView.as_view(), name="version"),
    path(
        "documents/<uuid:document_id>/versions/<int:number>/restore",
        versions.VersionRestoreView.as_view(),
        name="version-restore",
    ),
    path("tasks/<uuid:task_id>", board.TaskView.as_view(), name="task"),
    path("tasks/<uuid:task_id>/move", board.TaskMoveView.as_view(), name="task-move"),
    path("exports/<uuid:export_id>", exports.ExportView.as_view(), name="export"),
    path("exports/<uuid:export_id>/download", exports.ExportDownloadView.as_view(), name="export-download"),
]
