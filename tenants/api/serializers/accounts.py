"""What people send about a lost password and an e-mail address."""

from rest_framework import serializers

from config.kernel.api.views import Input
from tenants.api.serializers.members import TokenInput
from tenants.constants import PASSWORD_MAX_CHARACTERS

EMAIL_MAX_CHARACTERS = 254


class EmailInput(Input):
    """An e-mail address."""

    email = serializers.CharField(max_length=EMAIL_MAX_CHARACTERS)


class NewPasswordInput(TokenInput):
    """The token of the mail, and the password to be."""

    password = serializers.CharField(max_length=PASSWORD_MAX_CHARACTERS, trim_whitespace=False, write_only=True)


class OwnEmailInput(EmailInput):
    """The address to verify or to take, and the present password as proof."""

    current_password = serializers.CharField(max_length=PASSWORD_MAX_CHARACTERS, trim_whitespace=False, write_only=True)
