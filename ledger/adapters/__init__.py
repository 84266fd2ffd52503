"""One file a real thing: what the ports promise, kept by disks, databases and nodes."""
