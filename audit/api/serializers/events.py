"""Security events as the API shows and filters them."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from audit.choices import Outcome
from audit.constants import ACTION_MAX_CHARACTERS, TARGET_ID_MAX_CHARACTERS
from audit.services.actions import registered_actions
from audit.services.export import FORMATS


class AuditFilters(serializers.Serializer[Any]):
    """What the record can be narrowed to."""

    actor = serializers.UUIDField(required=False, help_text="Events of this person.")
    action = serializers.CharField(
        required=False,
        max_length=ACTION_MAX_CHARACTERS,
        help_text="One action, `session.revoked`, or all of a group, `session.`.",
    )
    target = serializers.CharField(
        required=False, max_length=TARGET_ID_MAX_CHARACTERS, help_text="Events about the thing with this id."
    )
    outcome = serializers.ChoiceField(choices=Outcome.choices, required=False)

    def get_fields(self) -> dict[str, Any]:
        """The fields above and two whose names are words of Python."""
        since = serializers.DateTimeField(required=False, help_text="Events from this time on.")
        until = serializers.DateTimeField(required=False, help_text="Events before this time.")
        return {**super().get_fields(), "from": since, "to": until}

    def validate_action(self, value: str) -> str:
        """Actions that do not exist are refused rather than answered with an empty list.

        Raises:
            serializers.ValidationError: naming those that do.
        """
        known = registered_actions()
        found = any(name.startswith(value) for name in known) if value.endswith(".") else value in known
        if not found:
            raise serializers.ValidationError(
                _("Expected one of: %(names)s; found %(asked)s.") % {"names": ", ".join(known), "asked": value[:40]}
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A span of time that ends before it begins is a slip.

        Raises:
            serializers.ValidationError: for such a span.
        """
        if "from" in attrs and "to" in attrs and attrs["to"] <= attrs["from"]:
            raise serializers.ValidationError({"to": _("Expected a time after `from`.")})
        return attrs


class ExportFilters(AuditFilters):
    """The same filters, and the form of the file."""

    format = serializers.ChoiceField(choices=FORMATS, default="csv")


class ActorOutput(serializers.Serializer[Any]):
    """Who: both are empty for strangers, the id alone for the system."""

    id = serializers.UUIDField(source="actor_id", allow_null=True)
    label = serializers.CharField(source="actor_label")  # type: ignore[assignment]  # DRF has an attribute so named


class TargetOutput(serializers.Serializer[Any]):
    """What it was done to; the label is the one of then."""

    type = serializers.CharField(source="target_type")
    id = serializers.CharField(source="target_id")
    label = serializers.CharField(source="target_label")  # type: ignore[assignment]  # DRF has an attribute so named


class EventOutput(serializers.Serializer[Any]):
    """One security event. `sequence` is its number in the organisation's chain."""

    id = serializers.UUIDField()
    sequence = serializers.IntegerField(allow_null=True)
    occurred_at = serializers.DateTimeField()
    actor = ActorOutput(source="*")
    action = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    target = TargetOutput(source="*")
    request_id = serializers.UUIDField(allow_null=True)
    address = serializers.CharField()
    metadata = serializers.DictField()
    hash = serializers.CharField(allow_null=True)
