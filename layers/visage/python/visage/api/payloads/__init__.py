"""Parameters and results of operations on the wire."""
