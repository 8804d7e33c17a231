"""Commands that manage persons and their faces."""
