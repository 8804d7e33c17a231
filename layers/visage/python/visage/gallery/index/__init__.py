"""Search within a group: codes, packed snapshots, a vector engine, and the view that adds recent changes."""
