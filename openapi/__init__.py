"""The OpenAPI 3.1 document of the API, made of the project's own tables: routes, codes, bounds and events."""
