"""The signed-in person, their password and their devices."""

from typing import Any
from uuid import UUID

from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.pagination import CursorPage
from config.kernel.api.views import ApiView
from tenants.api.middleware import tenant_id_of
from tenants.api.serializers.me import (
    MeInput,
    MeOutput,
    PasswordInput,
    RevokeAllInput,
    RevokedOutput,
    SessionOutput,
)
from tenants.choices import SessionEnd
from tenants.models import User
from tenants.selectors.belonging import acting_person, belongings_of
from tenants.selectors.sessions import open_sessions_of
from tenants.services.passwords import password_change
from tenants.services.profile import profile_update
from tenants.services.sessions import session_revoke, sessions_revoke


class MeView(ApiView):
    """Who I am and where I belong."""

    tenant_required = False

    @extend_schema(operation_id="me_read", responses=MeOutput, tags=["me"])
    def get(self, request: Request) -> Response:
        """The signed-in person."""
        return Response(self._answer(acting_person(self.actor)))

    @extend_schema(operation_id="me_update", request=MeInput, responses=MeOutput, tags=["me"])
    def patch(self, request: Request) -> Response:
        """Change my name or language."""
        return Response(self._answer(profile_update(actor=self.actor, **self.valid(MeInput, partial=True))))

    def _answer(self, user: User) -> Any:
        tenants = belongings_of(user.pk)
        here = tenant_id_of(self.request._request)  # noqa: SLF001
        content = {
            "id": user.pk,
            "email": user.email,
            "name": user.name,
            "language": user.language,
            "email_verified": user.email_verified_at is not None,
            "tenant": next((tenant for tenant in tenants if tenant.id == here), None),
            "tenants": tenants,
        }
        return MeOutput(content).data


class PasswordView(ApiView):
    """My password."""

    tenant_required = False

    @extend_schema(operation_id="me_password", request=PasswordInput, responses={204: None}, tags=["me"])
    def post(self, request: Request) -> Response:
        """Change my password; every other session of mine ends."""
        given = self.valid(PasswordInput)
        user = password_change(actor=self.actor, current=given["current_password"], new=given["new_password"])
        if self.actor.session_id is None:
            update_session_auth_hash(request._request, user)  # noqa: SLF001  (this browser stays signed in)
        return Response(status=204)


class SessionsView(ApiView):
    """My devices."""

    tenant_required = False

    @extend_schema(operation_id="sessions_list", responses=SessionOutput(many=True), tags=["auth"])
    def get(self, request: Request) -> Response:
        """My open sessions, in every organisation, newest first."""
        page = CursorPage()
        rows = page.paginate_queryset(open_sessions_of(acting_person(self.actor).pk), request, view=self)
        shown = SessionOutput(rows, many=True, context={"session_id": self.actor.session_id})
        return page.get_paginated_response(list(shown.data))


class SessionView(ApiView):
    """One of my devices."""

    tenant_required = False

    @extend_schema(operation_id="sessions_revoke", request=None, responses={204: None}, tags=["auth"])
    def delete(self, request: Request, session_id: UUID) -> Response:
        """Sign this device out."""
        session_revoke(actor=self.actor, session_id=session_id)
        return Response(status=204)


class RevokeAllView(ApiView):
    """All of my devices."""

    tenant_required = False

    @extend_schema(operation_id="sessions_revoke_all", request=RevokeAllInput, responses=RevokedOutput, tags=["auth"])
    def post(self, request: Request) -> Response:
        """Sign all my devices out, or with `keep_current` all the others."""
        keep = self.valid(RevokeAllInput)["keep_current"]
        ended = sessions_revoke(
            user_id=acting_person(self.actor).pk,
            reason=SessionEnd.REVOKED,
            except_id=self.actor.session_id if keep else None,
        )
        return Response({"revoked": ended})
