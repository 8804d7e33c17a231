"""Lambda on this machine: execution environments behind a Runtime API, in pools."""
