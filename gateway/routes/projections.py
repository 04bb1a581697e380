"""How far the read models are."""

from datetime import datetime
from typing import Final

import msgspec

from contracts.language.access import Permission
from contracts.language.measure import Count
from gateway.http.views import Shape, View


class ProjectionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One read model: the last message it has taken in, the end of its stream, and what lies between."""

    name: str
    stream: str
    version: Count
    state: str
    sequence: Count
    head: Count | None
    lag: Count | None
    advanced_at: datetime
    head_moved_at: datetime | None


VIEWS: Final = (
    View(
        path="/projections",
        query="projections.list",
        row=ProjectionLine,
        permission=Permission.PLATFORM_READ,
        shape=Shape.LIST,
        key="name",
        sorts=("name", "-lag"),
        is_platform=True,
    ),
)
