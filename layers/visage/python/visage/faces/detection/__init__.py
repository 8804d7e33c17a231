"""Finds faces in an image."""
