"""Scans on the wire, synchronous and asynchronous."""
