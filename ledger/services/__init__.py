"""What Sealbook does: claiming, anchoring, verifying, syncing; every engine enters by a port."""
