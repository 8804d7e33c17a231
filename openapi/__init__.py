"""Generates the OpenAPI 3.1 document of the API from the project's own tables: routes, codes, bounds and events."""
