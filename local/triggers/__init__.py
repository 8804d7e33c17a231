"""Event sources on this machine: queues, streams, buckets and schedules that invoke functions."""
