"""Prompts as YAML files: `render` fills one in, `check_all` says what is wrong with any of them."""

from .checks import check_all
from .excerpts import relevant_notes
from .format import Problem
from .rendering import RenderedPrompt, render

__all__ = ["Problem", "RenderedPrompt", "check_all", "relevant_notes", "render"]
