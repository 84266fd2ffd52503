"""Sealbook as a library: `verify` and `seal`."""
