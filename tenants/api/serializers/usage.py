"""Quotas and what was used of them."""

from typing import Any

from rest_framework import serializers

from config.kernel.api.views import Input
from tenants.models.quota import DECIMALS, DIGITS, QuotaKind


class UsageQuery(Input):
    """Which project to show beside the organisation and me."""

    project = serializers.UUIDField(required=False)


class UsageLineOutput(serializers.Serializer[Any]):
    """One kind: tokens, money, bytes or a number of things. `limit` is null where there is none."""

    kind = serializers.ChoiceField(choices=QuotaKind.choices)
    used = serializers.DecimalField(DIGITS, DECIMALS, help_text="Of this month for tokens and spend, else at present.")
    reserved = serializers.DecimalField(DIGITS, DECIMALS, help_text="Set aside for work that has not ended.")
    limit = serializers.DecimalField(DIGITS, DECIMALS, allow_null=True)
    resets_at = serializers.DateTimeField(allow_null=True, help_text="When some of it comes free by itself.")


class UsageOutput(serializers.Serializer[Any]):
    """The organisation, me in it, and the project that was asked for."""

    organisation = UsageLineOutput(many=True)
    project = UsageLineOutput(many=True, allow_null=True)
    me = UsageLineOutput(many=True)
