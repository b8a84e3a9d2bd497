"""The tests mirror the apps and their rooms."""
