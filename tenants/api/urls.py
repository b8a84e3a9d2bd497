"""Addresses of sign-in and people."""

from django.urls import URLPattern, path

from tenants.api.views.me import MeView, PasswordView, RevokeAllView, SessionsView, SessionView
from tenants.api.views.tokens import RefreshView, RevokeView, SwitchView, TokenView

urlpatterns: list[URLPattern] = [
    path("auth/token", TokenView.as_view(), name="auth-token"),
    path("auth/token/refresh", RefreshView.as_view(), name="auth-refresh"),
    path("auth/token/revoke", RevokeView.as_view(), name="auth-revoke"),
    path("auth/switch", SwitchView.as_view(), name="auth-switch"),
    path("auth/sessions", SessionsView.as_view(), name="auth-sessions"),
    path("auth/sessions/revoke-all", RevokeAllView.as_view(), name="auth-sessions-revoke-all"),
    path("auth/sessions/<uuid:session_id>", SessionView.as_view(), name="auth-session"),
    path("me", MeView.as_view(), name="me"),
    path("me/password", PasswordView.as_view(), name="me-password"),
]
