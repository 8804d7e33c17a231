"""What the unit tests of the face pipeline share."""

from tests.faces import models, portraits

__all__ = ["models", "portraits"]
