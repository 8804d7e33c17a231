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
        )


@cache
def settings() -> Settings:
    """This process's settings."""
    return Settings.read(os.environ)
