"""What signing an organisation up takes and answers."""

from typing import Any

from rest_framework import serializers

from tenants.api.serializers.accounts import EmailInput
from tenants.api.serializers.members import TokenInput
from tenants.api.serializers.sign_in import BelongingOutput, ModeField, PersonOutput
from tenants.constants import PASSWORD_MAX_CHARACTERS


class SignUpInput(EmailInput):
    """The organisation to be, and its first admin."""

    name = serializers.CharField(max_length=200)
    slug = serializers.CharField(max_length=63)
    password = serializers.CharField(max_length=PASSWORD_MAX_CHARACTERS, trim_whitespace=False, write_only=True)


class SignUpConfirmInput(TokenInput):
    """The token of the mail."""

    mode = ModeField()


class SignedUpOutput(serializers.Serializer[Any]):
    """The new organisation. A new account is signed in; a known person signs in, and the tokens are null."""

    access = serializers.CharField(allow_null=True)
    refresh = serializers.CharField(allow_null=True)
    expires_in = serializers.IntegerField(allow_null=True, help_text="Life of the access token, seconds.")
    user = PersonOutput()
    tenant = BelongingOutput()
