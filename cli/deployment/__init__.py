"""Access to a deployment: its resources, keys, queues and operations."""
