"""Makes the project's own trained files; never deployed."""
