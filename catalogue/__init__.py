"""The error catalogue: each reason on the wire, its cause and its remedy, in two languages.

Codes and messages come from the code's error table, causes and remedies from `remedies.toml`. `python -m catalogue`
writes docs/errors.md and docs/errors.zh-CN.md, and docs/api.md from docs/openapi.yaml; tests fail where they differ.
"""
