"""Portraits from registry packages: `portraits()` downloads them once; `python -m demo.portraits FOLDER` links them."""

import sys
import tomllib
from pathlib import Path

from modelkit import fetch, store

LIST = Path(__file__).with_suffix(".toml")


def portraits() -> Path:
    """The folder with the files listed in `portraits.toml`. Raises BuildError when they cannot be downloaded."""
    sources = fetch.read_sources(LIST)
    folder = store.folder() / "portraits"
    for group in tomllib.loads(LIST.read_text())["portraits"]:
        missing = [name for name in group["files"] if not (folder / name).is_file()]
        if missing:
            members = [f"{group['folder']}/{name}" for name in missing]
            for name, content in zip(missing, fetch.read(sources[group["source"]], *members), strict=True):
                store.write(folder / name, content)
    return folder


def link(place: Path) -> None:
    """Link `place` to the portraits."""
    folder = portraits()
    if not place.exists():
        place.unlink(missing_ok=True)  # a dangling link
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(folder, target_is_directory=True)


if __name__ == "__main__":
    link(Path(sys.argv[1]))
