"""How a group is searched: codes, packed snapshots, a vector engine, and the view that joins them with recent rows."""
