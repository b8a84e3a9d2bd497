"""Every address of the studio."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

handler400 = "config.kernel.api.errors.bad_request"
handler403 = "config.kernel.api.errors.permission_denied"
handler404 = "config.kernel.api.errors.not_found"
handler500 = "config.kernel.api.errors.server_error"

urlpatterns = [
    path("api/v1/", include("tenants.api.urls")),
    path("api/v1/", include("projects.api.urls")),
    path("api/v1/", include("generation.api.urls")),
    path("api-auth/", include("rest_framework.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
]
