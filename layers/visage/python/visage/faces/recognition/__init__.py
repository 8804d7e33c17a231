"""Embeddings, and how similar two are."""
