"""A show of what a client sees: `make demo`."""
