"""API Gateway on this machine: turns HTTP requests into events, and responses of functions into HTTP responses."""
