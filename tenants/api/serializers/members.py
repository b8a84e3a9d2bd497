"""Members and invitations as admins of an organisation see and change them."""

from typing import Any

from rest_framework import serializers

from config.kernel.api.views import Input
from tenants.choices import MemberRole
from tenants.constants import PASSWORD_MAX_CHARACTERS

TOKEN_MAX_CHARACTERS = 200


class MemberOutput(serializers.Serializer[Any]):
    """One member. `is_active` is false while they are suspended."""

    id = serializers.UUIDField()
    user = serializers.UUIDField(source="user_id")
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.name")
    role = serializers.ChoiceField(choices=MemberRole.choices)
    is_active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class MemberInput(Input):
    """What an admin may change of a member."""

    role = serializers.ChoiceField(choices=MemberRole.choices, required=False)
    is_active = serializers.BooleanField(required=False, help_text="False suspends the member, true lets them back in.")


class InvitationInput(Input):
    """Whom to invite, as what."""

    email = serializers.CharField(max_length=254)
    role = serializers.ChoiceField(choices=MemberRole.choices, default=MemberRole.MEMBER)


class InvitationOutput(serializers.Serializer[Any]):
    """An open invitation. `sent_at` is null until the mail has left."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=MemberRole.choices)
    invited_by = serializers.UUIDField(source="asked_by_id", allow_null=True)
    created_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()


class TokenInput(Input):
    """The token of a mail. It travels in the body, so that no log of addresses holds it."""

    token = serializers.CharField(max_length=TOKEN_MAX_CHARACTERS)


class AcceptInput(TokenInput):
    """The token, and for a new account its password and name."""

    password = serializers.CharField(
        max_length=PASSWORD_MAX_CHARACTERS, trim_whitespace=False, write_only=True, required=False
    )
    name = serializers.CharField(max_length=150, allow_blank=True, required=False)


class InvitingOutput(serializers.Serializer[Any]):
    """The organisation that invites."""

    slug = serializers.CharField()
    name = serializers.CharField()


class OfferOutput(serializers.Serializer[Any]):
    """What an invitation offers. Without an account, accepting needs a password."""

    email = serializers.EmailField()
    tenant = InvitingOutput()
    role = serializers.ChoiceField(choices=MemberRole.choices)
    account_exists = serializers.BooleanField()
