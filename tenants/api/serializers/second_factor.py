"""What people send and get about their second factor."""

from typing import Any

from rest_framework import serializers

from config.kernel.api.views import Input
from tenants.constants import CODE_MAX_CHARACTERS, PASSWORD_MAX_CHARACTERS


class StandingOutput(serializers.Serializer[Any]):
    """Whether sign-in asks for a code, and how many recovery codes are left."""

    enabled = serializers.BooleanField()
    recovery_codes_left = serializers.IntegerField()


class ProofInput(Input):
    """The present password."""

    current_password = serializers.CharField(max_length=PASSWORD_MAX_CHARACTERS, trim_whitespace=False, write_only=True)


class CodeInput(Input):
    """A code of the device."""

    code = serializers.CharField(max_length=CODE_MAX_CHARACTERS, write_only=True)


class BothInput(ProofInput, CodeInput):
    """The present password, and a code of the device or a recovery code."""


class EnrolmentOutput(serializers.Serializer[Any]):
    """The secret in base 32, and the address (`otpauth:`) that a QR code holds."""

    secret = serializers.CharField()
    address = serializers.CharField()


class RecoveryCodesOutput(serializers.Serializer[Any]):
    """Ten codes, each of which stands in for the device once. They are shown this once."""

    recovery_codes = serializers.ListField(child=serializers.CharField())
