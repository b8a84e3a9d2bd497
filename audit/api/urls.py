"""Addresses of the record."""

from django.urls import URLPattern, path

from audit.api.views.events import AuditExportView, AuditView

urlpatterns: list[URLPattern] = [
    path("audit", AuditView.as_view(), name="audit"),
    path("audit/export", AuditExportView.as_view(), name="audit-export"),
]
