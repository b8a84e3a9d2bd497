"""A lost password, and the e-mail address of an account."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.parsers import StrictJsonParser
from config.kernel.api.views import ApiView
from config.kernel.limits.policies import Group
from tenants.api.serializers.accounts import EmailInput, NewPasswordInput, OwnEmailInput
from tenants.api.serializers.members import TokenInput
from tenants.services.accounts import email_verification_ask, email_verify
from tenants.services.password_reset import password_reset, password_reset_ask


class MailboxView(ApiView):
    """A call that proves itself by a mailbox, not by a session."""

    authentication_classes = ()
    permission_classes = ()
    limit_group = Group.SIGN_IN
    parser_classes = (StrictJsonParser,)
    tenant_required = False


class PasswordResetView(MailboxView):
    """A lost password."""

    @extend_schema(
        operation_id="auth_password_reset", request=EmailInput, responses={204: None}, auth=[], tags=["auth"]
    )
    def post(self, request: Request) -> Response:
        """Have a link sent to the address. Answers alike whether or not somebody has it."""
        password_reset_ask(**self.valid(EmailInput))
        return Response(status=204)


class PasswordResetConfirmView(MailboxView):
    """The new password."""

    @extend_schema(
        operation_id="auth_password_reset_confirm",
        request=NewPasswordInput,
        responses={204: None},
        auth=[],
        tags=["auth"],
    )
    def post(self, request: Request) -> Response:
        """Set the new password; every session ends. Then sign in."""
        password_reset(**self.valid(NewPasswordInput))
        return Response(status=204)


class OwnEmailView(ApiView):
    """My e-mail address."""

    tenant_required = False

    @extend_schema(operation_id="me_email", request=OwnEmailInput, responses={204: None}, tags=["me"])
    def post(self, request: Request) -> Response:
        """Have a link sent to my address, to verify it, or to a new one, to take it."""
        email_verification_ask(actor=self.actor, **self.valid(OwnEmailInput))
        return Response(status=204)


class EmailConfirmView(MailboxView):
    """Verifying an address."""

    @extend_schema(operation_id="auth_email_confirm", request=TokenInput, responses={204: None}, auth=[], tags=["auth"])
    def post(self, request: Request) -> Response:
        """The address of the mailbox becomes the account's own, verified."""
        email_verify(**self.valid(TokenInput))
        return Response(status=204)
