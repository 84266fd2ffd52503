"""What make.py does: set up the environment and run the checks, with the standard library only."""
