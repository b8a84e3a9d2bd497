"""The formats that a project can leave in."""

from projects.export.as_html import HtmlExporter
from projects.export.as_markdown import MarkdownExporter
from projects.export.base import register


def register_all() -> None:
    """Make every format of the product known; called when the app is ready."""
    register(HtmlExporter())
    register(MarkdownExporter())
