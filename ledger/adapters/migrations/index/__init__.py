"""The history of the index's tables."""
