"""The OpenAPI document: drf-spectacular with the envelope around every answer."""

from drf_spectacular.openapi import AutoSchema


class EnvelopeSchema(AutoSchema):
    """Describes answers as clients see them."""
