"""The history of the queue's tables."""
