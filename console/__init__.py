"""The web page at /console: its static files, and the bundle made from them."""
