"""Opens the model layer's files: each by name, proved by its SHA-256, networks once a process."""

import ctypes
import hashlib
import tomllib
from functools import cache
from pathlib import Path

import onnxruntime

from visage.errors import Reason, VisageError
from visage.settings import models


def open(name: str) -> onnxruntime.InferenceSession:
    """The network of the manifest's entry `name`, ready to run; raises what `read` raises."""
    return _session(models(), name)


def prepare(*names: str) -> None:
    """Open these networks one after the other, the largest first: the others fit into what opening it has used."""
    for name in names:
        _opened(models(), name)


def read(name: str) -> bytes:
    """The file of the manifest's entry `name`.

    Raises VisageError(INTERNAL) when there is no manifest or it does not name the entry, or the file is missing or has
    another SHA-256.
    """
    return _read(models(), name)


def sha256(name: str) -> str:
    """The SHA-256, in hexadecimal, that the manifest gives for the entry `name`."""
    return _entry(models(), name)["sha256"]


@cache
def _session(folder: Path, name: str) -> onnxruntime.InferenceSession:
    session = _opened(folder, name)
    _give_back()
    return session


@cache
def _opened(folder: Path, name: str) -> onnxruntime.InferenceSession:
    return unnamed(_checked(folder, name))


def unnamed(path: Path) -> onnxruntime.InferenceSession:
    """A network, or another graph, from a file that no manifest names."""
    options = onnxruntime.SessionOptions()
    # A function answers one request at a time on a core or two: with the default threads, which spin while they wait,
    # a network of 2.5 ms took 10 ms.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.add_session_config_entry("session.use_env_allocators", "1")
    _share_arena()
    # By its path: of the bytes it would keep a copy.
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@cache
def _share_arena() -> None:
    """All networks run in one arena: one after the other they need no more than the largest of them."""
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    unlimited, grows_by_powers_of_two, default = 0, 0, -1
    arena = onnxruntime.OrtArenaCfg(unlimited, grows_by_powers_of_two, default, default)
    onnxruntime.create_and_register_allocator(memory, arena)


def _give_back() -> None:
    """Return to the system what reading a network took: glibc would keep it, 70 MiB in a function that compares."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def _read(folder: Path, name: str) -> bytes:
    return _checked(folder, name).read_bytes()


def _checked(folder: Path, name: str) -> Path:
    """The file of an entry, which is as the manifest says."""
    entry = _entry(folder, name)
    path = folder / entry["file"]
    try:
        with path.open("rb", buffering=0) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise VisageError(Reason.INTERNAL, f"The model '{name}' cannot be read: {error.strerror}.") from error
    if found != entry["sha256"]:
        raise VisageError(Reason.INTERNAL, f"The model '{name}' is not what the manifest says: its SHA-256 differs.")
    return path


def _entry(folder: Path, name: str) -> dict[str, str]:
    entry = _manifest(folder)["models"].get(name)
    if entry is None:
        raise VisageError(Reason.INTERNAL, f"The models' manifest has no entry '{name}'.")
    return entry


@cache
def _manifest(folder: Path) -> dict[str, dict[str, dict[str, str]]]:
    try:
        text = (folder / "manifest.toml").read_text()
    except OSError as error:
        raise VisageError(Reason.INTERNAL, f"The models' manifest cannot be read: {error.strerror}.") from error
    return tomllib.loads(text)
