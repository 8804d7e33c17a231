"""How many people interactive liveness lets pass, and how many attacks."""
