"""What a deployment decides, read once from the environment."""

import os
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
    vector_bucket: str
    """ARN of the vector bucket, in which the faces of large groups lie as well."""
    vectors_from: int
    """A group with more faces than this is searched there."""
    snapshot_bucket: str
    """Where the groups' snapshots lie."""
    memory: int
    """MiB of the function's memory."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises KeyError naming the variable when one without a default is missing."""
        return cls(
            table=environment["VISAGE_TABLE"],
            upload_bucket=environment["VISAGE_UPLOAD_BUCKET"],
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
            strict_enrolment=environment.get("VISAGE_STRICT_ENROLMENT", "false") == "true",
            vector_bucket=environment.get("VISAGE_VECTOR_BUCKET", ""),
            vectors_from=int(environment.get("VISAGE_VECTORS_FROM", "1000000")),
        )


@cache
def settings() -> Settings:
    """This process's settings."""
    return Settings.read(os.environ)
