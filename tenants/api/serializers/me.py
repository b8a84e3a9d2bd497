"""What a person reads and changes of themselves."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from config.kernel.api.views import Input
from tenants.api.serializers.sign_in import BelongingOutput, PersonOutput
from tenants.constants import PASSWORD_MAX_CHARACTERS


class MeOutput(PersonOutput):
    """The signed-in person, where they are now (null on the platform), and everywhere they belong."""

    email_verified = serializers.BooleanField(help_text="Whether they proved that they read mail at the address.")
    tenant = BelongingOutput(allow_null=True)
    tenants = BelongingOutput(many=True)


class MeInput(Input):
    """What a person may change of themselves."""

    name = serializers.CharField(max_length=150, allow_blank=True, required=False)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)


class PasswordInput(Input):
    """The present password, as proof, and the next one."""

    current_password = serializers.CharField(max_length=PASSWORD_MAX_CHARACTERS, trim_whitespace=False, write_only=True)
    new_password = serializers.CharField(max_length=PASSWORD_MAX_CHARACTERS, trim_whitespace=False, write_only=True)


class SessionOutput(serializers.Serializer[Any]):
    """One signed-in device. Times are UTC; `last_used_at` moves with each refresh."""

    id = serializers.UUIDField()
    tenant = serializers.CharField(source="tenant.slug", help_text="The organisation's slug.")
    user_agent = serializers.CharField()
    address = serializers.IPAddressField(allow_null=True)
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField()
    idle_expires_at = serializers.DateTimeField(help_text="Ends then, unless it is used before.")
    expires_at = serializers.DateTimeField(help_text="Ends then at the latest.")
    current = serializers.SerializerMethodField(help_text="Whether this is the session that asks.")

    def get_current(self, session: Any) -> bool:
        """True for the session of this very request."""
        return bool(session.pk == self.context.get("session_id"))


class RevokeAllInput(Input):
    """Whether the session that asks stays."""

    keep_current = serializers.BooleanField(default=False)


class RevokedOutput(serializers.Serializer[Any]):
    """How many sessions were open, and are not any more."""

    revoked = serializers.IntegerField()
