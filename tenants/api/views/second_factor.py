"""My second factor."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from config.kernel.api.views import ApiView
from tenants.api.serializers.second_factor import (
    BothInput,
    CodeInput,
    EnrolmentOutput,
    ProofInput,
    RecoveryCodesOutput,
    StandingOutput,
)
from tenants.api.views.tokens import never_stored
from tenants.services.second_factor import (
    recovery_codes_renew,
    second_factor_begin,
    second_factor_confirm,
    second_factor_remove,
    second_factor_standing,
)


class SecondFactorView(ApiView):
    """Whether signing in asks for a code."""

    tenant_required = False

    @extend_schema(operation_id="me_second_factor", responses=StandingOutput, tags=["me"])
    def get(self, request: Request) -> Response:
        """How things stand."""
        return Response(StandingOutput(second_factor_standing(self.actor)).data)

    @extend_schema(
        operation_id="me_second_factor_begin", request=ProofInput, responses={201: EnrolmentOutput}, tags=["me"]
    )
    def post(self, request: Request) -> Response:
        """Get a secret for my authenticator. Nothing changes until a code of it is confirmed."""
        found = second_factor_begin(actor=self.actor, **self.valid(ProofInput))
        return never_stored(Response(EnrolmentOutput(found).data, status=201))


class SecondFactorConfirmView(ApiView):
    """Switching it on."""

    tenant_required = False

    @extend_schema(
        operation_id="me_second_factor_confirm", request=CodeInput, responses=RecoveryCodesOutput, tags=["me"]
    )
    def post(self, request: Request) -> Response:
        """Confirm by a first code; sign-in asks for one from now on. Keep the recovery codes."""
        codes = second_factor_confirm(actor=self.actor, **self.valid(CodeInput))
        return never_stored(Response({"recovery_codes": codes}))


class SecondFactorRemoveView(ApiView):
    """Switching it off."""

    tenant_required = False

    @extend_schema(operation_id="me_second_factor_remove", request=BothInput, responses={204: None}, tags=["me"])
    def post(self, request: Request) -> Response:
        """Sign in by the password alone from now on."""
        second_factor_remove(actor=self.actor, **self.valid(BothInput))
        return Response(status=204)


class RecoveryCodesView(ApiView):
    """Recovery codes."""

    tenant_required = False

    @extend_schema(operation_id="me_second_factor_codes", request=BothInput, responses=RecoveryCodesOutput, tags=["me"])
    def post(self, request: Request) -> Response:
        """Get new recovery codes; the old ones stop working."""
        codes = recovery_codes_renew(actor=self.actor, **self.valid(BothInput))
        return never_stored(Response({"recovery_codes": codes}))
