"""Access keys that may sign: the local key, and the temporary credentials that STS has issued.

moto's STS issues credentials for any role and policy, and nothing enforces either afterwards. So its responses are read
as they pass and remembered, together with the policies of the role and the session.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs
from xml.etree import ElementTree

from local.guard.denials import Refused, access_denied
from local.template.permissions import Permission, Policy, allowed, read_policy

ACCESS_KEY = "local"
SECRET_KEY = "local"

_DURATIONS = range(900, 3601)
"""Allowed durations of a session: functions assume roles with a role, and role chaining is limited to an hour."""
_MAX_POLICY = 2048


@dataclass(frozen=True, slots=True)
class Signer:
    """An access key and its permissions."""

    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    ends: datetime | None = None
    policies: tuple[Policy, ...] = ()
    """Every one must allow an action; without any, everything is allowed."""

    def check(self, token: str | None, now: datetime) -> None:
        """Raise Refused unless the session token matches and has not expired."""
        if not hmac.compare_digest((token or "").encode(), (self.token or "").encode()):
            raise Refused(400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
        if self.ends is not None and now >= self.ends:
            raise Refused(400, "ExpiredToken", "The provided token has expired.")

    def check_permissions(self, permissions: Iterable[Permission]) -> None:
        """Raise Refused unless the policies allow all of this."""
        if not allowed(self.policies, permissions):
            raise access_denied()


class Signers:
    """All access keys. `roles`: roles that may be assumed, by ARN, each with its policies."""

    def __init__(self, roles: Mapping[str, Iterable[Policy]]) -> None:
        self._roles = {arn: tuple(policies) for arn, policies in roles.items()}
        self._signers = {ACCESS_KEY: Signer(SECRET_KEY)}

    def find(self, key_id: str) -> Signer:
        """The signer with this access key. Raises Refused for an unknown one."""
        if key_id not in self._signers:
            raise Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.")
        return self._signers[key_id]

    def policies(self, body: bytes) -> tuple[Policy, ...]:
        """The policies of the session that an AssumeRole request asks for. Raises Refused where STS would."""
        parameters = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if (role := parameters.get("RoleArn")) not in self._roles:
            raise Refused(403, "AccessDenied", f"Not authorized to perform sts:AssumeRole on {role}")
        if int(parameters.get("DurationSeconds", 3600)) not in _DURATIONS:
            raise Refused(400, "ValidationError", f"DurationSeconds must be from {_DURATIONS[0]} to {_DURATIONS[-1]}.")
        policy = parameters.get("Policy")
        if policy is None:
            return self._roles[role]
        if len(policy) > _MAX_POLICY:
            raise Refused(400, "PackedPolicyTooLarge", f"The policy is longer than {_MAX_POLICY} characters.")
        try:
            return *self._roles[role], read_policy(json.loads(policy))
        except ValueError as error:
            raise Refused(400, "MalformedPolicyDocument", f"The policy cannot be read: {error}.") from error

    def remember(self, answer: bytes, policies: tuple[Policy, ...]) -> None:
        """Remember the credentials in a response to AssumeRole, if it contains any."""
        for credentials in ElementTree.fromstring(answer).iterfind(".//{*}Credentials"):
            fields = {element.tag.rpartition("}")[2]: element.text or "" for element in credentials}
            self._signers[fields["AccessKeyId"]] = Signer(
                secret=fields["SecretAccessKey"],
                token=fields["SessionToken"],
                ends=datetime.fromisoformat(fields["Expiration"]),
                policies=policies,
            )
