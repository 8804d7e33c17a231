"""What is tried, a module for each part of `make torture`."""
