"""`python -m openapi`: writes docs/openapi.yaml."""

from openapi.document import FILE, content

if __name__ == "__main__":
    FILE.write_text(content())
    print(FILE)
