"""Commands that delete data and prove it."""
