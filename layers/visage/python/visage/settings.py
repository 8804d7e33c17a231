"""The deployment's settings, read once from the environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The deployment's settings; template.yaml sets every one of these variables."""

    stack: str
    """Name of the stack, by which its metrics are told from others'; empty where there is none."""
    table: str
    """Name of the DynamoDB table."""
    upload_bucket: str
    """The only bucket allowed in `oss://` addresses."""
    upload_role: str
    """ARN of the role whose permissions upload grants use; set only for functions that issue grants."""
    client_path: str
    """Prefix of the client keys in SSM Parameter Store, with a slash at both ends."""
    success_code: str
    """`Code` of a successful RPC response: "1" (the contract) or "200" (what the Node client expects)."""
    error_status: str
    """HTTP status of business errors: "class" (400, 403, 500) or "200" (as the cloud does today)."""
    private_addresses: frozenset[str]
    """Private addresses or networks (CIDR) that image URLs may resolve to; empty by default."""
    face_bucket: str
    """Bucket of the images of enrolled faces."""
    keep_images: bool
    """Whether images of new faces are stored; stored ones are served and erased in any case."""
    strict_enrolment: bool
    """Whether a face that matches another person of the same group is refused rather than reported."""
    enrol_covered: bool
    """Whether faces in masks or sunglasses are enrolled, rather than refused."""
    liveness_review: float
    """Recapture score, 0–100, from which a face should be reviewed."""
    liveness_block: float
    """Recapture score, 0–100, from which a face is blocked."""
    liveness_actions: int
    """Number of actions that an interactive session requests, 2 to 4."""
    vector_bucket: str
    """ARN of the vector bucket that also stores the faces of large groups."""
    vectors_from: int
    """Number of faces above which a group is searched there; unlimited without a vector bucket."""
    snapshot_bucket: str
    """Bucket of the groups' snapshots."""
    memory: int
    """The function's memory in MiB."""
    audit_table: str
    """Name of the audit trail's table."""
    audit_days: int
    """Days for which an audit record is kept."""
    unused_days: int
    """Days after which an unused person is purged; 0: never."""
    rate: float
    """Requests per second of a client without a rate of its own; 0: unlimited."""
    library_rate: float
    """The same for actions on persons and faces."""
    daily: int
    """Requests per day of all kinds; 0: unlimited."""
    origin_secrets: frozenset[str]
    """Secrets, one of which our CloudFront distribution sends with each request; empty if clients call API Gateway
    directly."""
    scan_queue: str
    """URL of the task queue; set only for functions that send to it."""
    callback_queue: str
    """URL of the callback queue; set only for functions that send to it or receive from it."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings. Raises KeyError with the name of a missing variable that has no default."""
        return cls(
            stack=environment.get("VISAGE_STACK", ""),
            table=environment["VISAGE_TABLE"],
            upload_bucket=environment["VISAGE_UPLOAD_BUCKET"],
            upload_role=environment.get("VISAGE_UPLOAD_ROLE", ""),
            client_path=environment["VISAGE_CLIENT_PATH"],
            success_code=environment.get("VISAGE_SUCCESS_CODE", "1"),
            error_status=environment.get("VISAGE_ERROR_STATUS", "class"),
            private_addresses=frozenset(
                part.strip() for part in environment.get("VISAGE_PRIVATE_ADDRESSES", "").split(",") if part.strip()
            ),
            face_bucket=environment.get("VISAGE_FACE_BUCKET", ""),
            keep_images=environment.get("VISAGE_KEEP_IMAGES", "true") == "true",
            snapshot_bucket=environment.get("VISAGE_SNAPSHOT_BUCKET", ""),
            memory=int(environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769")),
            audit_table=environment.get("VISAGE_AUDIT_TABLE", ""),
            audit_days=int(environment.get("VISAGE_AUDIT_DAYS", "365")),
            unused_days=int(environment.get("VISAGE_UNUSED_DAYS", "365")),
            rate=float(environment.get("VISAGE_CLIENT_RATE", "0")),
            library_rate=float(environment.get("VISAGE_LIBRARY_RATE", "0")),
            daily=int(environment.get("VISAGE_CLIENT_DAILY", "0")),
            origin_secrets=frozenset(filter(None, environment.get("VISAGE_ORIGIN_SECRETS", "").split(","))),
            scan_queue=environment.get("VISAGE_SCAN_QUEUE", ""),
            callback_queue=environment.get("VISAGE_CALLBACK_QUEUE", ""),
            strict_enrolment=environment.get("VISAGE_STRICT_ENROLMENT", "false") == "true",
            enrol_covered=environment.get("VISAGE_ENROL_COVERED", "refuse") == "accept",
            liveness_review=float(environment.get("VISAGE_LIVENESS_REVIEW", "50")),
            liveness_block=float(environment.get("VISAGE_LIVENESS_BLOCK", "90")),
            liveness_actions=int(environment.get("VISAGE_LIVENESS_ACTIONS", "3")),
            vector_bucket=environment.get("VISAGE_VECTOR_BUCKET", ""),
            vectors_from=_vectors_from(environment),
        )


def _vectors_from(environment: Mapping[str, str]) -> int:
    present = bool(environment.get("VISAGE_VECTOR_BUCKET"))
    return int(environment.get("VISAGE_VECTORS_FROM", "1000000")) if present else sys.maxsize


_LAYER, _CHECKOUT = Path("/opt/models"), Path(__file__).resolve().parents[4] / ".build" / "models"


def models() -> Path:
    """Folder of the model layer. It asks for no deployment: a notebook in a checkout uses what `make setup` built."""
    return Path(os.environ.get("VISAGE_MODELS") or (_LAYER if _LAYER.is_dir() else _CHECKOUT))


@cache
def settings() -> Settings:
    """This process's settings."""
    return Settings.read(os.environ)
