"""Base view of the API: strict input, the actor at hand, no decision of its own."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from config.kernel.context import Actor
from config.kernel.errors import AuthenticationFailed, Malformed, ValidationFailed


class Input(serializers.Serializer[Any]):
    """A serializer for what comes in. Fields that it does not know are refused, by name."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse strangers, then validate as usual."""
        if isinstance(data, dict):
            unknown = sorted(str(name) for name in data if name not in self.fields and name != "csrfmiddlewaretoken")
            if unknown:
                known = ", ".join(sorted(self.fields))
                raise serializers.ValidationError({name: [f"Unknown field; known are: {known}."] for name in unknown})
        return super().to_internal_value(data)


class ApiView(APIView):
    """Every view of the API derives from this one.

    `tenant_required` says whether the view lives inside an organisation; the permission class checks it.
    """

    tenant_required: ClassVar[bool] = True

    @property
    def actor(self) -> Actor:
        """Who asks, as services want it.

        Raises:
            AuthenticationFailed: when nobody is signed in.
        """
        actor = getattr(self.request, "actor", None) or getattr(self.request._request, "actor", None)  # noqa: SLF001
        if actor is None:
            raise AuthenticationFailed
        return actor

    def valid(self, serializer: type[serializers.Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The request's body, validated by `serializer`.

        Raises:
            Malformed: when the body is JSON but not an object.
            ValidationFailed: when fields are unknown, missing or wrong.
        """
        data = self.request.data
        if not hasattr(data, "keys"):
            raise Malformed(details={"expected": "object", "found": type(data).__name__})
        checked = serializer(data=data, partial=partial, context={"request": self.request, "view": self})
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)

    def valid_query(self, serializer: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The query string, validated by `serializer`; parameters it does not know are left to others."""
        checked = serializer(data=self.request.query_params.dict())
        if not checked.is_valid():
            raise ValidationFailed(details={"fields": {k: [str(m) for m in v] for k, v in checked.errors.items()}})
        return dict(checked.validated_data)


__all__ = ["ApiView", "Input", "Request"]
