"""The web page at /console: static files, and the bundle that is made of them."""
