"""`python -m tests.support.dynamodb [pytest's arguments]`: tests with Amazon's own DynamoDB in place of moto's.

DynamoDB Local has the real transactions, conditional failures, limits and errors. Its files come by Maven and are
checked against requirements/dynamodb/files.sha256. Without Java and Maven it says so, and does nothing.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
WANTED = ROOT / "requirements" / "dynamodb"
FILES = ROOT / ".build" / "dynamodb"
ENDPOINT = "VISAGE_TEST_DYNAMODB"
"""Where tests find it: see tests/conftest.py."""

TESTS = [
    *("tests/unit/test_table.py", "tests/unit/test_lost_answers.py", "tests/unit/access", "tests/unit/jobs"),
    *("tests/property/gallery/test_library.py", "tests/property/gallery/test_library_crashes.py"),
    *("tests/property/gallery/test_library_concurrency.py", "tests/property/jobs"),
    *("tests/handlers/test_erasure.py", "tests/handlers/test_audit.py", "tests/handlers/test_persons.py"),
    "tests/unit/gallery/persons",
]
_START_SECONDS = 60


def main(arguments: list[str]) -> int:
    if missing := [name for name in ("java", "mvn") if shutil.which(name) is None]:
        print(f"test-dynamodb: skipped, {' and '.join(missing)} not found")
        return 0
    fetch()
    port = _free_port()
    process = subprocess.Popen(
        [
            *("java", "-Xmx1g", f"-Djava.library.path={FILES}", "-cp", f"{FILES}/*"),
            *("com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-inMemory", "-disableTelemetry"),
            *("-port", str(port)),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        environment = {**os.environ, ENDPOINT: f"http://127.0.0.1:{port}"}
        command = [sys.executable, "-m", "pytest", *(arguments or [*TESTS, "-q"])]
        return subprocess.run(command, cwd=ROOT, env=environment).returncode
    finally:
        process.kill()
        process.wait()


def fetch() -> None:
    """Download the files if they are missing. Raises ValueError for a file with the wrong digest."""
    wanted = dict(reversed(line.split()) for line in (WANTED / "files.sha256").read_text().splitlines())
    if not all((FILES / name).exists() for name in wanted):
        subprocess.run(
            [
                *("mvn", "-q", "-B", "-f", str(WANTED / "pom.xml"), "dependency:copy-dependencies"),
                *(f"-DoutputDirectory={FILES}", "-DincludeScope=runtime"),
            ],
            check=True,
        )
    for name, digest in wanted.items():
        if hashlib.sha256((FILES / name).read_bytes()).hexdigest() != digest:
            raise ValueError(f"{FILES / name} has another SHA-256 than requirements/dynamodb/files.sha256 says")
    for path in FILES.iterdir():
        if path.name not in wanted:
            path.unlink()  # nothing is run that is not pinned


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    ends = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("DynamoDB Local did not start")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
