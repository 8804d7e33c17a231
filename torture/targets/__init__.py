"""What is attacked, and how it is called and judged."""
