"""Values with types."""
