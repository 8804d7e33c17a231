"""Reads template.yaml: functions, routes, tables, roles, event sources."""
