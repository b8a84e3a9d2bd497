"""Every address of the studio."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.front.home import home
from config.front.root import RootView
from config.front.sign_in import StudioLoginView
from config.operations.views import DetailedHealthView, HealthView, MetricsView

handler400 = "config.kernel.api.errors.bad_request"
handler403 = "config.kernel.api.errors.permission_denied"
handler404 = "config.kernel.api.errors.not_found"
handler500 = "config.kernel.api.errors.server_error"

sign_in = [
    path("login/", StudioLoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="/api-auth/login/"), name="logout"),
]

urlpatterns = [
    path("", home, name="home"),
    path("api/v1/", RootView.as_view(), name="root"),
    path("api/v1", RootView.as_view(schema=None)),
    # The routes that are asked for most stand first: each one before costs a comparison.
    path("api/v1/", include("projects.api.urls")),
    path("api/v1/", include("generation.api.urls")),
    path("api/v1/", include("tenants.api.urls")),
    path("api/v1/", include("audit.api.urls")),
    path("api-auth/", include((sign_in, "rest_framework"))),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("health", HealthView.as_view(), name="health"),
    path("health/detailed", DetailedHealthView.as_view(), name="health-detailed"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("admin/", admin.site.urls),
]
