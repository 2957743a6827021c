"""What the core decides."""
