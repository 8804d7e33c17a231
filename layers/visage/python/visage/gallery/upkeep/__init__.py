"""Background work on galleries: packing, purging, moving a group to a vector index, re-embedding."""
