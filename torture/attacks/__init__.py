"""What it is attacked with."""
