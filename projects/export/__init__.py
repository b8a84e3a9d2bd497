"""Turning a text into a file: one module for each format, a registry of them."""
