"""One module for each part, which yields its figures as they are measured."""
