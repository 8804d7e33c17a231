"""What the frames of a sequence may be."""

FRAMES = (8, 60)
"""Minimum and maximum number of frames."""
FRAME_RATES = (5, 15)
"""Frames a second for which the checks are made."""
MIN_SIDE = 80
"""Minimum length in pixels of the longer side of the face's box: in a smaller face the eyelids are a few pixels."""
