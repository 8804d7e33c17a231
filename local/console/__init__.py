"""The console at /console: who may use it, what it is served, and what it may ask of this stack."""
