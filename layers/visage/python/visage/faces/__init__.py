"""Pixels to facts: arrays in, frozen dataclasses out. Nothing here knows AWS or HTTP.

An image is everywhere `numpy.uint8 (height, width, 3)`, RGB, upright. Coordinates are pixels, x to the right and y
down, continuous: the pixel in column i covers [i, i + 1).
"""
