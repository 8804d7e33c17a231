"""The error catalogue: what each reason looks like on the wire, where it comes from, and what to do, in two languages.

Codes and messages come from the one table of the code, causes and remedies from `remedies.toml`. `python -m catalogue`
writes docs/errors.md and docs/errors.zh-CN.md, and docs/api.md from docs/openapi.yaml; tests fail where they differ.
"""
