"""`make build` calls this: what the built bundle holds of others, with licences and hashes.

Writes THIRD-PARTY.txt, the licences of every package and model that is shipped, and sbom.cdx.json, a CycloneDX 1.6 bill
of materials. Raises SystemExit where anything shipped has no licence text.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MODELS = HERE / "models"
RUNTIME = Path("RuntimeLayer") / "python"
SPDX = {"MIT", "MIT-CMU", "MIT-0", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "PSF-2.0", "ISC", "HPND", "0BSD"}
SPDX |= {"Zlib", "CC0-1.0"}
_NAMES = {
    **dict.fromkeys(("apache 2.0", "apache license 2.0", "apache software license", "apache-2.0"), "Apache-2.0"),
    **dict.fromkeys(("mit license", "mit"), "MIT"),
    **dict.fromkeys(("bsd license", "bsd"), "BSD-3-Clause"),
}
"""How packages that are older than SPDX write it, in lower case."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A package or model of somebody else's, or a model of ours."""

    kind: str
    name: str
    version: str
    licence: str
    texts: tuple[str, ...]
    sha256: str
    purl: str = ""


def packages(build: Path) -> Iterator[Shipped]:
    """What the runtime layer holds. The hash is that of `sha256sum` of its files, sorted by path."""
    root = build / RUNTIME
    for folder in sorted(root.glob("*.dist-info")):
        about = HeaderParser().parsestr((folder / "METADATA").read_text())
        name, version = about["Name"], about["Version"]
        texts = [path.read_text(errors="replace") for path in _licence_files(root, name, folder)]
        yield Shipped(
            "library", name, version, _licence(about), tuple(texts), _digest(root, name, folder),
            f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        )  # fmt: skip


def models() -> Iterator[Shipped]:
    """What the model layer holds: the manifest, where each hash is that of the file."""
    sys.path.insert(0, str(MODELS))
    from modelkit.manifest import read_manifest

    for model in read_manifest(MODELS / "manifest.toml"):
        text = (MODELS / "licences" / f"{model.name}.txt").read_text()
        yield Shipped("machine-learning-model", model.file, model.sha256[:12], model.licence, (text,), model.sha256)


def bill(shipped: list[Shipped]) -> dict[str, Any]:
    """As CycloneDX has it."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "visage", "bom-ref": "visage"}},
        "components": [
            {
                "type": each.kind,
                "bom-ref": each.purl or each.name,
                "name": each.name,
                "version": each.version,
                "licenses": [_named(each.licence)],
                "hashes": [{"alg": "SHA-256", "content": each.sha256}],
                **({"purl": each.purl} if each.purl else {}),
            }
            for each in shipped
        ],
        "dependencies": [{"ref": "visage", "dependsOn": [each.purl or each.name for each in shipped]}],
    }


def notices(shipped: list[Shipped]) -> str:
    """The licences of all, one after the other."""
    parts = ["Visage ships the following works of others, and models, under these terms.\n"]
    for each in shipped:
        parts.append(f"{'=' * 100}\n{each.name} {each.version}: {each.licence}\n{'=' * 100}\n")
        parts.extend(f"{text.strip()}\n" for text in each.texts)
    return "\n".join(parts)


def _licence_files(root: Path, name: str, folder: Path) -> list[Path]:
    """Where packages put them: in a folder of their own, beside the metadata, or among the code."""
    places = [*folder.rglob("*"), *(root / name).glob("*")]
    known = ("licen", "notice", "copying", "thirdparty")
    return sorted(
        path
        for path in places
        if path.is_file() and (path.parent.name == "licenses" or path.name.lower().startswith(known))
    )


def _licence(about: Message) -> str:
    given = about["License-Expression"] or about["License"] or ""
    if given and "\n" not in given and len(given) < 80 and given != "Dual License":
        return _NAMES.get(given.lower(), given)
    given = (each for each in about.get_all("Classifier", []) if each.startswith("License ::"))
    classifiers = {each.rpartition(" :: ")[2] for each in given}
    return " OR ".join(sorted(_NAMES.get(each.lower(), each) for each in classifiers)) or "see its text"


def _named(licence: str) -> dict[str, Any]:
    if licence in SPDX:
        return {"license": {"id": licence}}
    spdx = all(part.strip("() ") in SPDX for part in licence.replace(" OR ", " AND ").split(" AND "))
    return {"expression": licence} if spdx else {"license": {"name": licence}}


def _digest(root: Path, name: str, folder: Path) -> str:
    tops = (folder / "top_level.txt").read_text().split() if (folder / "top_level.txt").exists() else []
    spelt = name.replace("-", "_")
    places = {*tops, name, name.lower(), spelt, spelt.lower(), *(["PIL"] if name.lower() == "pillow" else [])}
    found = [folder, *(root / place for place in places), *(root / f"{place}.py" for place in places)]
    files = sorted({file for place in found for file in (place, *place.rglob("*")) if file.is_file()})
    lines = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(root)}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=Path, help="what `sam build` has made, such as .aws-sam/build")
    parser.add_argument("out", type=Path, help="folder for THIRD-PARTY.txt and sbom.cdx.json")
    options = parser.parse_args()
    shipped = [*packages(options.build), *models()]
    silent = [each.name for each in shipped if not any(text.strip() for text in each.texts)]
    if silent:
        sys.exit(f"no licence text for {', '.join(silent)}")
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "THIRD-PARTY.txt").write_text(notices(shipped))
    (options.out / "sbom.cdx.json").write_text(json.dumps(bill(shipped), indent=1) + "\n")
    print(f"{options.out}: THIRD-PARTY.txt and sbom.cdx.json, {len(shipped)} works")


if __name__ == "__main__":
    main()
