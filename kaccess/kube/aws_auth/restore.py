"""Going back to what aws-auth said before kaccess first wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field

from kaccess.kube.aws_auth.config_map import ConfigMaps, data_of
from kaccess.kube.aws_auth.document import Document
from kaccess.kube.aws_auth.errors import PLACE, Unreadable
from kaccess.kube.aws_auth.rows import ROLES
from kaccess.kube.errors import NotFound
from kaccess.kube.transport import Json
from kaccess.model.errors import Refused
from kaccess.model.names import AWS_AUTH, AWS_AUTH_BACKUP, KUBE_SYSTEM
from kaccess.model.state import AwsAuth


@dataclass(frozen=True, order=True)
class Difference:
    """A key of the ConfigMap's data that the backup has otherwise: its text now and in the backup (None: not there)."""

    key: str
    current: str | None
    backup: str | None


@dataclass(frozen=True)
class Restoration:
    """What restoring would change: the texts that differ, and what they say. No differences: nothing to restore.

    `current` is None if aws-auth cannot be read as it is, which is when restoring is needed most.
    """

    differences: tuple[Difference, ...]
    current: AwsAuth | None
    backup: AwsAuth
    live: Json | None = field(repr=False, compare=False)
    data: dict[str, str] = field(repr=False, compare=False)


def restoration(config_maps: ConfigMaps) -> Restoration:
    """Compare aws-auth with its backup.

    Raises:
        NotFound: there is no backup.
        Unreadable: the backup is not what aws-auth should be.
        Refused: restoring would lock nodes out.
        KubeError: it was not told.
    """
    live, kept = config_maps.get(AWS_AUTH), config_maps.get(AWS_AUTH_BACKUP)
    if kept is None:
        raise NotFound(
            f"there is no ConfigMap {KUBE_SYSTEM}/{AWS_AUTH_BACKUP}: kaccess has not written aws-auth in this cluster"
        )
    data, now = data_of(kept), data_of(live)
    try:
        backup = Document.read(data)
    except Unreadable as error:
        raise Unreadable(f"the backup {KUBE_SYSTEM}/{AWS_AUTH_BACKUP} cannot be restored: {error}") from None
    current = _readable(now)
    _check(current, backup, now)
    keys = sorted(key for key in {*data, *now} if data.get(key) != now.get(key))
    return Restoration(
        tuple(Difference(key, now.get(key), data.get(key)) for key in keys),
        current.aws_auth() if current else None,
        backup.aws_auth(),
        live,
        data,
    )


def restore(config_maps: ConfigMaps, wanted: Restoration) -> None:
    """Write the backup back; what it replaces becomes the backup, so that restoring again takes it back.

    Raises:
        Conflict: aws-auth changed since it was compared; compare again.
        KubeError: it was not done, or perhaps done.
    """
    if not wanted.differences:
        return
    config_maps.put(AWS_AUTH, wanted.live, wanted.data)
    if wanted.current is not None and wanted.live is not None:
        config_maps.back_up(data_of(wanted.live))


def _readable(data: dict[str, str]) -> Document | None:
    try:
        return Document.read(data)
    except Unreadable:
        return None


def _check(current: Document | None, backup: Document, now: dict[str, str]) -> None:
    has_rows = bool(current.sections[ROLES].rows) if current else bool(now.get(ROLES, "").strip())
    if has_rows and not backup.sections[ROLES].rows:
        raise Refused(f"{PLACE}: the backup has no {ROLES}; restoring it would empty it; edit the ConfigMap by hand")
    rows = {row.entry.principal: row for row in (current.rows if current else ()) if row.is_node and not row.dead}
    kept = {row.entry.principal: row.entry for row in backup.rows if not row.dead}
    lost = sorted(name for name, row in rows.items() if kept.get(name) != row.entry)
    if lost:
        raise Refused(
            f"{PLACE}: the backup is older than the row of the nodes {', '.join(lost)}; restoring it would lock them "
            "out; edit the ConfigMap by hand"
        )
