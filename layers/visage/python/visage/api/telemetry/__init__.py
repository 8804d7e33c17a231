"""What is recorded of a call: metrics and the audit trail."""
