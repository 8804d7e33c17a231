"""Builds the page's files as the local stack and S3 serve them."""

import base64
import hashlib
import posixpath
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modelkit import fetch, store

PAGE = Path(__file__).parent / "page"
SOURCES = Path(__file__).parent / "sources.toml"
VENDORED = Path(__file__).parent.parent / ".build" / "console"

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
FOREVER = "public, max-age=31536000, immutable"
"""For everything but the page itself: the folder's name is a hash of its content."""
_IMPORT = re.compile(r'^import .* from "(\.[^"]+)";$', re.M)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    content: bytes
    type: str
    cache: str


def policy(images: str = "") -> str:
    """The Content-Security-Policy: only the page's own files, and kept images of faces from `images`."""
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "connect-src 'self'",
            "media-src 'self' blob:",
            f"img-src 'self' blob: data: {images}".rstrip(),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def headers(images: str = "") -> dict[str, str]:
    """The HTTP headers of every file. template.yaml has the same for the front door."""
    return {
        "Content-Security-Policy": policy(images),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def vendor(folder: Path = VENDORED) -> None:
    """Fetch the pinned parts of npm packages into the folder, once. Raises BuildError if that fails."""
    sources, listed = fetch.read_sources(SOURCES), tomllib.loads(SOURCES.read_text())["vendored"]
    stamp = store.digest(SOURCES.read_bytes())
    if _text(folder / "stamp") == stamp and all((folder / each["file"]).is_file() for each in listed):
        return
    for each in listed:
        (content,) = fetch.read(sources[each["source"]], each["member"])
        store.write(folder / each["file"], content)
    store.write(folder / "stamp", stamp.encode())


def bundle(mode: str, vendored: Path = VENDORED) -> dict[str, Asset]:
    """Path below /console/ → file; "" is the page.

    `mode` says who signs: `local`, the stack that serves the page, or `keys`, the page with keys that the user enters.
    The page has the hash of every script, so the browser refuses a changed one (Subresource Integrity).
    """
    files = {file.relative_to(PAGE).as_posix(): file.read_bytes() for file in PAGE.rglob("*.*")}
    page = files.pop("index.html").decode()
    files |= {f"vendor/{file.name}": file.read_bytes() for file in sorted((vendored / "vendor").iterdir())}
    version = hashlib.sha256(b"".join(name.encode() + content for name, content in sorted(files.items()))).hexdigest()
    folder = f"assets/{version[:16]}"
    filled = string.Template(page).substitute(mode=mode, assets=folder, scripts=_scripts(files, folder))
    served = {f"{folder}/{name}": _asset(name, content, FOREVER) for name, content in files.items()}
    return {"": _asset("index.html", filled.encode(), "no-store"), **served}


def _scripts(files: Mapping[str, bytes], folder: str) -> str:
    """The page's script tags: preload links for the modules of the first tab, so that all are fetched at once and with
    their hashes; links to the other tabs' modules and each language's texts; and the first modules' tags."""
    first = _imported("js/main.js", files)
    links = [f'<link rel="modulepreload" {_hashed("href", name, files, folder)}>' for name in sorted(first)]
    for name in sorted(files):
        if name.endswith(".js") and name not in first:
            links.append(f'<link rel="alternate" data-module {_hashed("href", name, files, folder)}>')
        if name.startswith("texts/"):
            links.append(
                f'<link rel="alternate" data-texts="{Path(name).stem}" {_hashed("href", name, files, folder)}>'
            )
    # texts come first: their module imports nothing, so it requests them while the others load
    tags = [
        f'<script type="module" {_hashed("src", f"js/{name}.js", files, folder)}></script>' for name in ("i18n", "main")
    ]
    return "\n    ".join([*links, *tags])


def _imported(name: str, files: Mapping[str, bytes]) -> set[str]:
    """A module and all its static imports."""
    found, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            paths = _IMPORT.findall(files[name].decode())
            waiting += [posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in paths]
    return found


def _hashed(attribute: str, name: str, files: Mapping[str, bytes], folder: str) -> str:
    return f'{attribute}="{folder}/{name}" integrity="{integrity(files[name])}"'


def integrity(content: bytes) -> str:
    """The value of an `integrity` attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _asset(name: str, content: bytes, cache: str) -> Asset:
    return Asset(content, TYPES[Path(name).suffix], cache)


def _text(file: Path) -> str:
    return file.read_text() if file.is_file() else ""
