"""The local stack: runs template.yaml on one machine, without AWS and without Docker. Deployed code never imports
it."""
