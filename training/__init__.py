"""How the project's own trained files were made; never deployed."""
