"""What the unit tests of the face pipeline share."""

from tests.faces import models

__all__ = ["models"]
