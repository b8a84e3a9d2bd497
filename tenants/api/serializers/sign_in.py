"""What sign-in, refresh and switching take and answer."""

from typing import Any

from rest_framework import serializers

from config.kernel.api.views import Input
from tenants.choices import MemberRole, TenantStatus
from tenants.constants import CODE_MAX_CHARACTERS, PASSWORD_MAX_CHARACTERS

BEARER, COOKIE = "bearer", "cookie"
MODES = (BEARER, COOKIE)


class ModeField(serializers.ChoiceField):
    """Where the refresh token goes: into the answer, or into a cookie that scripts can't read."""

    def __init__(self, **options: Any) -> None:
        """Bearer unless told otherwise."""
        super().__init__(
            choices=MODES,
            default=BEARER,
            help_text="`bearer`: the refresh token is in the answer. `cookie`: for browsers; it is set as an HttpOnly, "
            "SameSite=Strict cookie that only refresh and revoke receive, and `refresh` is null.",
            **options,
        )


class SignInInput(Input):
    """E-mail and password, and the organisation where there are several."""

    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=PASSWORD_MAX_CHARACTERS, trim_whitespace=False, write_only=True)
    tenant = serializers.CharField(max_length=63, required=False, help_text="The organisation's slug.")
    code = serializers.CharField(
        max_length=CODE_MAX_CHARACTERS,
        required=False,
        write_only=True,
        help_text="A code of the second factor, or a recovery code; when `second_factor_required` asks for it.",
    )
    mode = ModeField()


class RefreshInput(Input):
    """The refresh token; left out by browsers, which send it as a cookie."""

    refresh = serializers.CharField(max_length=512, required=False)


class SwitchInput(Input):
    """The organisation to go to."""

    tenant = serializers.CharField(max_length=63, help_text="The organisation's slug.")
    mode = ModeField()


class PersonOutput(serializers.Serializer[Any]):
    """A person as they see themselves."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()
    language = serializers.CharField()


class BelongingOutput(serializers.Serializer[Any]):
    """One organisation of a person."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=MemberRole.choices)
    status = serializers.ChoiceField(choices=TenantStatus.choices)


class TokenPairOutput(serializers.Serializer[Any]):
    """An access token, its life in seconds, and the refresh token (null in cookie mode)."""

    access = serializers.CharField()
    refresh = serializers.CharField(allow_null=True)
    expires_in = serializers.IntegerField(source="expires_in_seconds", help_text="Life of the access token, seconds.")


class SignedInOutput(TokenPairOutput):
    """A new session: tokens, person, this organisation and all of them."""

    user = PersonOutput()
    tenant = BelongingOutput()
    tenants = BelongingOutput(many=True)
