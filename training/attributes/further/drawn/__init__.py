"""What is drawn on faces for the second teaching."""
