"""Loads rows."""
