"""What a deployment decides, read once from the environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The deployment's parameters; template.yaml sets every one of these variables."""

    table: str
    """Name of the one DynamoDB table."""
    upload_bucket: str
    """The only bucket that `oss://` addresses may name."""
    upload_role: str
    """ARN of the role by whose rights clients upload; only those functions know it that hand out such rights."""
    client_path: str
    """Prefix of the client keys in SSM Parameter Store, with a slash at both ends."""
    models: Path
    """Folder of the model layer."""
    success_code: str
    """`Code` of a successful RPC answer: "1" (the contract) or "200" (what the Node client wants)."""
    error_status: str
    """HTTP status of business errors: "class" (400, 403, 500) or "200" (today's cloud)."""
    private_addresses: frozenset[str]
    """Private addresses or networks (CIDR) that image URLs may resolve to; empty by default."""
    face_bucket: str
    """Where images of enrolled faces lie."""
    keep_images: bool
    """Whether new ones are put there; those that lie there are handed out and erased in any case."""
    strict_enrolment: bool
    """Whether a face that is like another person's of the same group is refused, rather than reported."""
    enrol_covered: bool
    """Whether faces in masks or sunglasses are enrolled, rather than refused."""
    liveness_review: float
    """A face that looks this much like a picture of a picture, 0–100, is to be reviewed."""
    liveness_block: float
    """The same to be blocked."""
    liveness_actions: int
    """Actions that an interactive session asks for, 2 to 4."""
    vector_bucket: str
    """ARN of the vector bucket, in which the faces of large groups lie as well."""
    vectors_from: int
    """A group with more faces than this is searched there; without a vector bucket, none."""
    snapshot_bucket: str
    """Where the groups' snapshots lie."""
    memory: int
    """MiB of the function's memory."""
    audit_table: str
    """Name of the table of the audit trail."""
    audit_days: int
    """How long a record is kept there."""
    unused_days: int
    """Days for which a person may be of no use before it is purged; 0: any number."""
    rate: float
    """Requests a second that a client may send which has no rate of its own; 0: any number."""
    library_rate: float
    """The same for persons and faces."""
    daily: int
    """The same a day, of all kinds."""
    origin_secrets: frozenset[str]
    """What our CloudFront distribution shows with each request; empty where clients call API Gateway itself."""
    scan_queue: str
    """URL of the queue of tasks; only those functions know it that put tasks into it."""
    callback_queue: str
    """URL of the queue of callbacks; known to those only that put some into it, or take some out."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises KeyError naming the variable when one without a default is missing."""
        return cls(
            table=environment["VISAGE_TABLE"],
            upload_bucket=environment["VISAGE_UPLOAD_BUCKET"],
            upload_role=environment.get("VISAGE_UPLOAD_ROLE", ""),
            client_path=environment["VISAGE_CLIENT_PATH"],
            models=Path(environment.get("VISAGE_MODELS", "/opt/models")),
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
    there = bool(environment.get("VISAGE_VECTOR_BUCKET"))
    return int(environment.get("VISAGE_VECTORS_FROM", "1000000")) if there else sys.maxsize


@cache
def settings() -> Settings:
    """This process's settings."""
    return Settings.read(os.environ)
