"""The local stack: template.yaml on one machine, without AWS and without Docker. Never imported by what is deployed."""
