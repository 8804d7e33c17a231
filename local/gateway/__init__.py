"""API Gateway on this machine: HTTP requests to events, answers to HTTP responses."""
