"""How requests and responses are written in both dialects."""
