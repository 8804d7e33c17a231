"""Cuts and resamples images."""
