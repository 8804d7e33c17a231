"""Benchmarks: what things take, beside what they could not do without, measured in the same run."""
