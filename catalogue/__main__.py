"""`python -m catalogue` generates the API reference and the error documents."""

from catalogue import errors, reference


def main() -> None:
    for language, file in errors.FILES.items():
        file.write_text(errors.content(language), encoding="utf-8")
    reference.FILE.write_text(reference.content(), encoding="utf-8")


if __name__ == "__main__":
    main()
