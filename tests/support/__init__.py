"""Helpers for tests of several folders: builders of events and images, a deployed stage, stand-ins."""
