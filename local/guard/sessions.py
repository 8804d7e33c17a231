"""Who may sign: this machine's own key, and the temporary credentials that STS has given out.

moto's STS gives credentials for any role and any policy, and nothing asks for either afterwards. So what it answers is
read on its way out and kept, together with what the role and the session's own policy allow.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs
from xml.etree import ElementTree

from local.guard.denials import Refused, access_denied
from local.template.permissions import Need, Policy, allowed, read_policy

ACCESS_KEY = "local"
SECRET_KEY = "local"

_SECONDS = range(900, 3601)
"""How long a session may last: a function acts by a role itself, and who takes on a role from another gets an hour."""
_LONGEST_POLICY = 2048


@dataclass(frozen=True, slots=True)
class Signer:
    """An access key, and what may be done by it."""

    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    ends: datetime | None = None
    policies: tuple[Policy, ...] = ()
    """Each must allow what is done; without any, everything is allowed."""

    def check(self, token: str | None, now: datetime) -> None:
        """Raises Refused unless the key came with its token, in time."""
        if not hmac.compare_digest((token or "").encode(), (self.token or "").encode()):
            raise Refused(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
        if self.ends is not None and now >= self.ends:
            raise Refused(400, "ExpiredToken", "The provided token has expired.")

    def check_rights(self, needs: Iterable[Need]) -> None:
        """Raises Refused unless its policies allow this."""
        if not allowed(self.policies, needs):
            raise access_denied()


class Signers:
    """Every access key. `roles` are those that may be taken on, by ARN, each with the policies that bound it."""

    def __init__(self, roles: Mapping[str, Iterable[Policy]]) -> None:
        self._roles = {arn: tuple(policies) for arn, policies in roles.items()}
        self._signers = {ACCESS_KEY: Signer(SECRET_KEY)}

    def find(self, key_id: str) -> Signer:
        """Raises Refused for an unknown key."""
        if key_id not in self._signers:
            raise Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.")
        return self._signers[key_id]

    def policies(self, body: bytes) -> tuple[Policy, ...]:
        """What bounds the session that an AssumeRole request asks for. Raises Refused where STS would."""
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if asked.get("RoleArn") not in self._roles:
            raise Refused(403, "AccessDenied", f"Not authorized to perform sts:AssumeRole on {asked.get('RoleArn')}")
        if int(asked.get("DurationSeconds", 3600)) not in _SECONDS:
            raise Refused(400, "ValidationError", f"DurationSeconds must be from {_SECONDS[0]} to {_SECONDS[-1]}.")
        policy = asked.get("Policy")
        if policy is None:
            return self._roles[asked["RoleArn"]]
        if len(policy) > _LONGEST_POLICY:
            raise Refused(400, "PackedPolicyTooLarge", f"The policy is longer than {_LONGEST_POLICY} characters.")
        try:
            return *self._roles[asked["RoleArn"]], read_policy(json.loads(policy))
        except ValueError as error:
            raise Refused(400, "MalformedPolicyDocument", f"The policy cannot be read: {error}.") from error

    def keep(self, answer: bytes, policies: tuple[Policy, ...]) -> None:
        """Keeps the credentials in an answer to AssumeRole, if it has any."""
        for credentials in ElementTree.fromstring(answer).iterfind(".//{*}Credentials"):
            given = {element.tag.rpartition("}")[2]: element.text or "" for element in credentials}
            self._signers[given["AccessKeyId"]] = Signer(
                given["SecretAccessKey"], given["SessionToken"], datetime.fromisoformat(given["Expiration"]), policies
            )
