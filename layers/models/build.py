"""Builds the model layer: `python layers/models/build.py [--output DIR]`."""

import sys

from modelkit.build import main

if __name__ == "__main__":
    sys.exit(main())
