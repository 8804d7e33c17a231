"""A demonstration of what a client sees: `make demo`."""
