"""The log without somebody: events of erased people go once everybody has passed them."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.core.ctx import Ctx
from regulars.infra.event_log import consumers

_PASSED = (
    "select xid, seq from event_consumer where name = any(%(readers)s)"
    " and (select count(*) from event_consumer where name = any(%(readers)s)) = %(all)s order by xid, seq limit 1"
)


def forget(ctx: Ctx, suids: Sequence[int]) -> int:
    """Delete the events of these suids that every consumer has passed; return how many went. Idempotent.

    Those still to be read stay: a batch that is tried again after a crash must be the same batch. Reads the log once
    from end to end, so it is for the background.
    """
    readers = [consumer.name for consumer in consumers()]
    bound = {"suids": list(suids), "readers": readers, "all": len(readers)}
    return ctx.tx.execute(
        f"with passed as ({_PASSED}),"
        " gone as (delete from event_log l using event_subject s, passed p"
        "  where s.seq = l.seq and s.suid = any(%(suids)s::bigint[]) and (l.xid, l.seq) <= (p.xid, p.seq)"
        "  returning l.seq),"
        " parked as (delete from event_parked where seq in (select seq from gone))"
        " delete from event_subject where seq in (select seq from gone)",
        bound,
    ).rowcount
