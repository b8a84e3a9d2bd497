"""The browsable API: DRF's pages over our envelope."""

from rest_framework.renderers import BrowsableAPIRenderer


class StudioBrowsableRenderer(BrowsableAPIRenderer):
    """Pages for people; the content shown is exactly what a program gets."""

    template = "rest_framework/api.html"
