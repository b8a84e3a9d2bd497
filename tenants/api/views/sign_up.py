"""Signing an organisation up."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api import refresh_cookie
from tenants.api.serializers.sign_in import COOKIE
from tenants.api.serializers.sign_up import SignedUpOutput, SignUpConfirmInput, SignUpInput
from tenants.api.views.accounts import MailboxView
from tenants.api.views.tokens import device_of, never_stored
from tenants.choices import MemberRole
from tenants.selectors.belonging import Belonging
from tenants.services.sign_up import SignedUp, sign_up_ask, sign_up_confirm


class OrganisationsView(MailboxView):
    """Organisations that people sign up by themselves, where the operator lets them."""

    @extend_schema(
        operation_id="organisations_sign_up", request=SignUpInput, responses={204: None}, auth=[], tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        """Have a link sent that makes the organisation. Answers alike for known and unknown addresses."""
        sign_up_ask(**self.valid(SignUpInput))
        return Response(status=204)


class OrganisationsConfirmView(MailboxView):
    """The link of a sign-up."""

    @extend_schema(
        operation_id="organisations_sign_up_confirm",
        request=SignUpConfirmInput,
        responses={201: SignedUpOutput},
        auth=[],
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        """Make the organisation, and sign a new account in."""
        given = self.valid(SignUpConfirmInput)
        done = sign_up_confirm(token=given["token"], device=device_of(request))
        cookie = given["mode"] == COOKIE
        response = Response(SignedUpOutput(_content(done, cookie=cookie)).data, status=201)
        if cookie and done.tokens is not None:
            refresh_cookie.begin(request, response, done.tokens)
        return never_stored(response)


def _content(done: SignedUp, *, cookie: bool) -> dict[str, Any]:
    tenant, tokens = done.tenant, done.tokens
    return {
        "access": tokens.access if tokens else None,
        "refresh": tokens.refresh if tokens and not cookie else None,
        "expires_in": tokens.expires_in_seconds if tokens else None,
        "user": done.user,
        "tenant": Belonging(tenant.pk, tenant.slug, tenant.name, MemberRole.ADMIN, tenant.status),
    }
