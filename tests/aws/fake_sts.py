"""An STS that gives whom it knows what they ask for, with MFA, and remembers the calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from tests.aws.answers import ACCOUNT, user, xml, xml_error
from tests.kube.stub_server import Answer, Asked

CODE = "123456"
SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/ana"


@dataclass
class FakeSts:
    """`people`: whose the keys are, by access key id. `refused`: roles that nobody may assume."""

    people: dict[str, str] = field(default_factory=lambda: {"AKIAANA": user("ana", "/dev/")})
    refused: set[str] = field(default_factory=set)
    life: timedelta = timedelta(hours=1)
    endpoint: str = ""
    calls: list[dict[str, str]] = field(default_factory=list)
    callers: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        call = dict(asked.body)
        key = asked.headers["Authorization"].partition("Credential=")[2].split("/")[0]
        self.calls.append(call)
        self.callers.append(key)
        return getattr(self, f"_{call['Action']}")(call, self.people[key])

    def actions(self) -> list[str]:
        return [call["Action"] for call in self.calls]

    def count(self, action: str) -> int:
        return self.actions().count(action)

    def _GetCallerIdentity(self, call: dict[str, str], arn: str) -> Answer:  # noqa: N802
        return xml("GetCallerIdentity", f"<Account>{ACCOUNT}</Account><Arn>{arn}</Arn><UserId>X</UserId>")

    def _GetSessionToken(self, call: dict[str, str], arn: str) -> Answer:  # noqa: N802
        if call.get("TokenCode") != CODE or call.get("SerialNumber") != SERIAL:
            return xml_error(
                403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code."
            )
        return xml("GetSessionToken", self._credentials(arn))

    def _AssumeRole(self, call: dict[str, str], arn: str) -> Answer:  # noqa: N802
        role = call["RoleArn"]
        if role in self.refused:
            return xml_error(403, "AccessDenied", f"User: {arn} is not authorized to perform: sts:AssumeRole on {role}")
        name = f"{role.rsplit('/', 1)[-1]}/{call['RoleSessionName']}"
        return xml("AssumeRole", self._credentials(f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}"))

    def _credentials(self, arn: str) -> str:
        key = f"ASIA{len(self.people)}"
        self.people[key] = arn
        end = (datetime.now(timezone.utc) + self.life).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (
            f"<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret-of-{key}</SecretAccessKey>"
            f"<SessionToken>token-of-{key}</SessionToken><Expiration>{end}</Expiration></Credentials>"
        )
