"""RPC requests signed as an official client signs them: RPC v1, HMAC-SHA1."""

import secrets
import time
from collections.abc import Iterable

from visage.api.signatures import rpc_signature


def signature_parameters(
    method: str, parameters: Iterable[tuple[str, str]], key_id: str, secret: str
) -> dict[str, str]:
    """What a request with these query and form parameters carries besides them, to be signed by this key now."""
    added = {
        "AccessKeyId": key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": secrets.token_hex(16),
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    return added | {"Signature": rpc_signature(method, [*parameters, *added.items()], secret)}
