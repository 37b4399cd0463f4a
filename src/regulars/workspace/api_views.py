"""The workspace's door for saved views: filters, sort and columns of a list under a name, each user's own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.workspace import api, store_views
from regulars.workspace.auditing import audit
from regulars.workspace.contract import SavedView

VIEWS_OF_A_LIST = 30
_LIST = re.compile(r"[a-z_]{1,40}")


def views(ctx: Ctx, of: str) -> list[SavedView]:
    """Return the actor's views of a list, by name. Raises Unauthenticated for machines."""
    return store_views.views(ctx, api.user(ctx).id, of)


def save(ctx: Ctx, of: str, name: str, *, search: str, columns: Sequence[str] = ()) -> SavedView:
    """Keep a view of a list, audited; one of the same name is replaced.

    of: the list's name in the console. search: its filters as in the address. Raises BadInput, Conflict (too many),
    Unauthenticated.
    """
    user = api.user(ctx)
    if not (_LIST.fullmatch(of) and name.strip()):
        raise BadInput("A view needs a list and a name.", "Name it after what it shows.")
    known = store_views.views(ctx, user.id, of)
    if len(known) >= VIEWS_OF_A_LIST and name.strip() not in {view.name for view in known}:
        raise Conflict(
            f"There are {VIEWS_OF_A_LIST} views of this list already.", "Remove one first.", code="view.too_many"
        )
    values: dict[str, Any] = {"of": of, "name": name.strip(), "search": search, "columns": list(columns)}
    view = store_views.save(ctx, user.id, values)
    audit(ctx, "view.saved", "view", view.id, after={"list": of, "name": view.name})
    return view


def remove(ctx: Ctx, view_id: int) -> None:
    """Remove one of the actor's views, audited. Raises NotFound, Unauthenticated."""
    gone = store_views.remove(ctx, api.user(ctx).id, view_id)
    if gone is None:
        raise NotFound(f"You have no view {view_id}.", "It may have been removed already.")
    audit(ctx, "view.removed", "view", view_id, before={"list": gone.of, "name": gone.name})
