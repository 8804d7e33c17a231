"""The operator's command line, `visage`."""
