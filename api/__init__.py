"""The HTTP API: wire models around the same services."""
