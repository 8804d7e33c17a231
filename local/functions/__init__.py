"""Lambda on this machine: pools of execution environments behind a Runtime API."""
