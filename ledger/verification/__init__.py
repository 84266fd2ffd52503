"""Evidence and policy in, report out: numbered checks, no network, disk or clock."""
