"""Scaffolds: deterministic plans and chapter pages made of the project's own words, without any model."""

from .provider import ScaffoldProvider

__all__ = ["ScaffoldProvider"]
