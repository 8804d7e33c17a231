"""Who signed a request, and whether it is admitted."""
