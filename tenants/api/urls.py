"""Addresses of sign-in and people."""

from django.urls import URLPattern, path

from tenants.api.views.accounts import (
    EmailConfirmView,
    OwnEmailView,
    PasswordResetConfirmView,
    PasswordResetView,
)
from tenants.api.views.archives import ArchiveDownloadView, ArchivesView, ArchiveView
from tenants.api.views.flags import FlagsView
from tenants.api.views.me import MeView, PasswordView, RevokeAllView, SessionsView, SessionView
from tenants.api.views.members import (
    AcceptView,
    InvitationsView,
    InvitationView,
    MembersView,
    MemberView,
    OfferView,
)
from tenants.api.views.organisation import CloseView
from tenants.api.views.second_factor import (
    RecoveryCodesView,
    SecondFactorConfirmView,
    SecondFactorRemoveView,
    SecondFactorView,
)
from tenants.api.views.sign_up import OrganisationsConfirmView, OrganisationsView
from tenants.api.views.tokens import RefreshView, RevokeView, SwitchView, TokenView
from tenants.api.views.usage import UsageView

urlpatterns: list[URLPattern] = [
    path("auth/token", TokenView.as_view(), name="auth-token"),
    path("auth/token/refresh", RefreshView.as_view(), name="auth-refresh"),
    path("auth/token/revoke", RevokeView.as_view(), name="auth-revoke"),
    path("auth/switch", SwitchView.as_view(), name="auth-switch"),
    path("auth/sessions", SessionsView.as_view(), name="auth-sessions"),
    path("auth/sessions/revoke-all", RevokeAllView.as_view(), name="auth-sessions-revoke-all"),
    path("auth/sessions/<uuid:session_id>", SessionView.as_view(), name="auth-session"),
    path("auth/invitation", OfferView.as_view(), name="auth-invitation"),
    path("auth/invitation/accept", AcceptView.as_view(), name="auth-invitation-accept"),
    path("auth/password-reset", PasswordResetView.as_view(), name="auth-password-reset"),
    path("auth/password-reset/confirm", PasswordResetConfirmView.as_view(), name="auth-password-reset-confirm"),
    path("auth/email/confirm", EmailConfirmView.as_view(), name="auth-email-confirm"),
    path("flags", FlagsView.as_view(), name="flags"),
    path("members", MembersView.as_view(), name="members"),
    path("members/invitations", InvitationsView.as_view(), name="members-invitations"),
    path("members/invitations/<uuid:invitation_id>", InvitationView.as_view(), name="members-invitation"),
    path("members/<uuid:member_id>", MemberView.as_view(), name="member"),
    path("organisation/close", CloseView.as_view(), name="organisation-close"),
    path("organisation/exports", ArchivesView.as_view(), name="organisation-exports"),
    path("organisation/exports/<uuid:export_id>", ArchiveView.as_view(), name="organisation-export"),
    path(
        "organisation/exports/<uuid:export_id>/download",
        ArchiveDownloadView.as_view(),
        name="organisation-export-download",
    ),
    path("organisations", OrganisationsView.as_view(), name="organisations"),
    path("organisations/confirm", OrganisationsConfirmView.as_view(), name="organisations-confirm"),
    path("me", MeView.as_view(), name="me"),
    path("me/email", OwnEmailView.as_view(), name="me-email"),
    path("me/second-factor", SecondFactorView.as_view(), name="me-second-factor"),
    path("me/second-factor/confirm", SecondFactorConfirmView.as_view(), name="me-second-factor-confirm"),
    path("me/second-factor/remove", SecondFactorRemoveView.as_view(), name="me-second-factor-remove"),
    path("me/second-factor/recovery-codes", RecoveryCodesView.as_view(), name="me-second-factor-codes"),
    path("me/password", PasswordView.as_view(), name="me-password"),
    path("usage", UsageView.as_view(), name="usage"),
]
