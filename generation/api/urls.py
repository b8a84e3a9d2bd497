"""Addresses of the app; filled by its views."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
