"""What a client learns of feature flags."""

from typing import Any

from rest_framework import serializers


class FlagsOutput(serializers.Serializer[Any]):
    """Every flag as it stands for whoever asks."""

    flags = serializers.DictField(child=serializers.BooleanField(), help_text="By name: whether the feature is on.")
