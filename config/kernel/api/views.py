"""Base view of the API: strict input, the actor at hand, no decision of its own."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.views import APIView

from config.kernel.api.errors import FIELD_NAME_MAX_CHARACTERS, FIELDS_MAX, validation_failed
from config.kernel.api.pagination import CursorPage
from config.kernel.context import Actor, current_context
from config.kernel.errors import AuthenticationFailed, Malformed
from config.kernel.limits.decisions import UNCOUNTED, Decision
from config.kernel.limits.gate import Subject, require
from config.kernel.limits.policies import Group

CSRF_FIELD = "csrfmiddlewaretoken"


class Input(serializers.Serializer[Any]):
    """A serializer for what comes in. Fields that it does not know are refused, by name."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse strangers, then validate as usual.

        Raises:
            serializers.ValidationError: naming each wrong field.
        """
        if isinstance(data, dict):
            unknown = sorted(str(name) for name in data if name not in self.fields and name != CSRF_FIELD)
            if unknown:
                known = ", ".join(sorted(self.fields))
                sentence = _("Unknown field; known are: %(known)s.") % {"known": known}
                shown = unknown[:FIELDS_MAX]
                raise serializers.ValidationError({name[:FIELD_NAME_MAX_CHARACTERS]: [sentence] for name in shown})
        return super().to_internal_value(data)


class ApiView(APIView):
    """Every view of the API derives from this one.

    `tenant_required` says whether the view lives inside an organisation; the permission class checks it.
    """

    tenant_required: ClassVar[bool] = True
    # The kind of route that rate limits count it under; None: read or write, by the method; "": not limited.
    limit_group: ClassVar[str | None] = None
    # Every list is paged; the OpenAPI document and the pager of the browsable API read it here.
    pagination_class: ClassVar[type[CursorPage]] = CursorPage
    _limited: Decision = UNCOUNTED

    def perform_authentication(self, request: Request) -> None:
        """Find out who asks, and count the request: a person by themselves, whoever fails by their address.

        Raises:
            RateLimited: over a limit.
            Degraded: it can't be counted, and may not go on uncounted.
            AuthenticationFailed: for credentials that are no good.
        """
        try:
            super().perform_authentication(request)
        finally:
            self._limited = self._count(request)

    def _count(self, request: Request) -> Decision:
        group = self.limit_group
        if group is None:
            group = Group.READ if request.method in SAFE_METHODS else Group.WRITE
        actor: Actor | None = getattr(request._request, "actor", None)  # noqa: SLF001
        context = current_context()
        person = str(actor.user_id) if actor is not None else ""
        return require(group, Subject(address=context.address, person=person, schema=context.schema or ""))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add what is left of the limit that is nearest."""
        for name, value in self._limited.headers.items():
            response.headers.setdefault(name, value)
        return super().finalize_response(request, response, *args, **kwargs)

    @property
    def actor(self) -> Actor:
        """Who asks, as services want it.

        Raises:
            AuthenticationFailed: when nobody is signed in.
        """
        actor: Actor | None = getattr(self.request._request, "actor", None)  # noqa: SLF001
        if actor is None:
            raise AuthenticationFailed
        return actor

    def valid(self, serializer: type[serializers.Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The request's body, validated by `serializer`.

        Raises:
            Malformed: when the body is JSON but not an object.
            rest_framework.serializers.ValidationError: when fields are unknown, missing or wrong.
        """
        data = self.request.data
        if not hasattr(data, "keys"):
            raise Malformed(
                _("The body has to be a JSON object."), details={"expected": "object", "found": json_type(data)}
            )
        checked = serializer(data=data, partial=partial, context={"request": self.request, "view": self})
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)

    def valid_query(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The query string, validated by `serializer`; parameters it does not know are left to others.

        Raises:
            ValidationFailed: naming each wrong parameter.
        """
        known = {name: value for name, value in self.request.query_params.items() if name in serializer().fields}
        checked = serializer(data=known, context={"request": self.request, "view": self})
        if not checked.is_valid():
            raise validation_failed(checked.errors)
        return dict(checked.validated_data)


def json_type(value: Any) -> str:
    """The JSON name of a parsed value's type."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null" if value is None else type(value).__name__)


__all__ = ["ApiView", "Input", "Request", "json_type"]
