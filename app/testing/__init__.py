"""What helps to test hotzone and what is built on it."""
