"""Makers of things for tests, one file per app."""
