"""Commands that look at images."""
