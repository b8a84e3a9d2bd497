"""Members of the organisation, and invitations to it."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.pagination import CursorPage
from config.kernel.api.parsers import StrictJsonParser
from config.kernel.api.views import ApiView
from config.kernel.limits.policies import Group
from tenants.api.middleware import tenant_id_of
from tenants.api.serializers.members import (
    AcceptInput,
    InvitationInput,
    InvitationOutput,
    MemberInput,
    MemberOutput,
    OfferOutput,
    TokenInput,
)
from tenants.exceptions import TenantRequired
from tenants.permissions import require_admin
from tenants.selectors.members import invitations_of, members_of
from tenants.services.invitations import invitation_accept, invitation_read, invitation_send, invitation_withdraw
from tenants.services.members import member_change, member_remove


class OrganisationView(ApiView):
    """A view about the organisation itself."""

    @property
    def tenant_id(self) -> UUID:
        """The organisation of this request.

        Raises:
            TenantRequired: on the platform.
        """
        found = tenant_id_of(self.request._request)  # noqa: SLF001
        if found is None:
            raise TenantRequired
        return found


class MembersView(OrganisationView):
    """Who belongs to the organisation. For its admins."""

    @extend_schema(operation_id="members_list", responses=MemberOutput(many=True), tags=["members"])
    def get(self, request: Request) -> Response:
        """The members, suspended ones too, newest first."""
        require_admin(self.actor, self.tenant_id)
        page = CursorPage()
        rows = page.paginate_queryset(members_of(self.tenant_id), request, view=self)
        return page.get_paginated_response(list(MemberOutput(rows, many=True).data))

    @extend_schema(
        operation_id="members_invite", request=InvitationInput, responses={201: InvitationOutput}, tags=["members"]
    )
    def post(self, request: Request) -> Response:
        """Invite somebody by e-mail; an earlier open invitation of the address is replaced."""
        link = invitation_send(actor=self.actor, tenant_id=self.tenant_id, **self.valid(InvitationInput))
        return Response(InvitationOutput(link).data, status=201)


class MemberView(OrganisationView):
    """One member."""

    @extend_schema(operation_id="members_update", request=MemberInput, responses=MemberOutput, tags=["members"])
    def patch(self, request: Request, member_id: UUID) -> Response:
        """Change the role, suspend, or let back in. The member's sessions here end."""
        given = self.valid(MemberInput, partial=True)
        row = member_change(actor=self.actor, tenant_id=self.tenant_id, member_id=member_id, **given)
        return Response(MemberOutput(row).data)

    @extend_schema(operation_id="members_remove", request=None, responses={204: None}, tags=["members"])
    def delete(self, request: Request, member_id: UUID) -> Response:
        """Remove a member, or leave. The last admin can't."""
        member_remove(actor=self.actor, tenant_id=self.tenant_id, member_id=member_id)
        return Response(status=204)


class InvitationsView(OrganisationView):
    """Open invitations to the organisation. For its admins."""

    @extend_schema(operation_id="members_invitations_list", responses=InvitationOutput(many=True), tags=["members"])
    def get(self, request: Request) -> Response:
        """The invitations that can still be accepted, newest first."""
        require_admin(self.actor, self.tenant_id)
        page = CursorPage()
        rows = page.paginate_queryset(invitations_of(self.tenant_id), request, view=self)
        return page.get_paginated_response(list(InvitationOutput(rows, many=True).data))


class InvitationView(OrganisationView):
    """One open invitation."""

    @extend_schema(operation_id="members_invitations_withdraw", request=None, responses={204: None}, tags=["members"])
    def delete(self, request: Request, invitation_id: UUID) -> Response:
        """Withdraw it: its link stops working."""
        invitation_withdraw(actor=self.actor, tenant_id=self.tenant_id, invitation_id=invitation_id)
        return Response(status=204)


class OfferView(ApiView):
    """What an invitation offers, for the one who holds its token."""

    authentication_classes = ()
    permission_classes = ()
    limit_group = Group.SIGN_IN
    parser_classes = (StrictJsonParser,)
    tenant_required = False

    @extend_schema(
        operation_id="auth_invitation_read", request=TokenInput, responses=OfferOutput, auth=[], tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        """Read an invitation."""
        return Response(OfferOutput(invitation_read(self.valid(TokenInput)["token"])).data)


class AcceptView(ApiView):
    """Joining an organisation."""

    authentication_classes = ()
    permission_classes = ()
    limit_group = Group.SIGN_IN
    parser_classes = (StrictJsonParser,)
    tenant_required = False

    @extend_schema(
        operation_id="auth_invitation_accept", request=AcceptInput, responses=OfferOutput, auth=[], tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        """Accept an invitation; a new account is made with the password. Then sign in."""
        return Response(OfferOutput(invitation_accept(**self.valid(AcceptInput))).data)
