"""The command line: one file a command, loaded lazily by name."""
