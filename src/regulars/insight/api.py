"""Insight's door."""

from __future__ import annotations

from datetime import date

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.rule import Rule
from regulars.identity import api as identity
from regulars.insight import logic, store
from regulars.insight import metrics as folder
from regulars.insight.contract import AtRisk, Metric, Overview, Span, Step, Trade
from regulars.insight.lift import (
    MeanLift,
    Moments,
    RateLift,
    SampleRatio,
    difference_of_means,
    difference_of_rates,
    sample_ratio,
)
from regulars.insight.registry import metrics
from regulars.profiles import api_trade
from regulars.segments import api as segments
from regulars.segments.contract import Segment

__all__ = [
    "AT_RISK",
    "MeanLift",
    "Moments",
    "RateLift",
    "SampleRatio",
    "at_risk_rule",
    "definitions",
    "difference_of_means",
    "difference_of_rates",
    "keep_at_risk",
    "overview",
    "sample_ratio",
]

AT_RISK = "at_risk"
"""Key of the live segment of customers overdue for their next purchase."""

AT_RISK_NAME = "预流失客户"


def definitions() -> list[type[Metric]]:
    """Return what every number on the pages means."""
    return list(metrics.load(folder))


def overview(ctx: Ctx) -> Overview:
    """Return the first page: trade of the last 30 days, months, ladder, who is at risk, who is known."""
    span, before = logic.spans(ctx.today)
    (now, previous), by_month = _trade(ctx, (span, before))
    steps = ladder(ctx)
    identified, anonymous = _people(ctx)
    return Overview(
        as_of_on=ctx.today,
        currency=ctx.currency,
        span=span,
        now=now,
        previous=previous,
        unmatched_refund_fen=store.unmatched_refund_fen(ctx, span),
        months=logic.months(by_month, store.cash_by_month(ctx), ctx.today),
        ladder=steps,
        at_risk=_at_risk(ctx, steps),
        identified=identified,
        anonymous=anonymous,
    )


def _trade(ctx: Ctx, spans: tuple[Span, ...]) -> tuple[list[Trade], dict[date, Trade]]:
    if not api_trade.stand(ctx):
        return store.trade(ctx, spans), store.trade_by_month(ctx)
    days = api_trade.days(ctx)
    return [logic.trade(days, span) for span in spans], logic.trade_by_month(days)


def _people(ctx: Ctx) -> tuple[int, int]:
    if api_trade.stand(ctx.for_brand(GROUP_BRAND_ID)):
        return api_trade.people(ctx)
    counts = identity.counts(ctx)
    return counts.identified, counts.anonymous


def ladder(ctx: Ctx) -> tuple[Step, ...]:
    """Return the order ladder of the brand's known customers."""
    if not api_trade.stand(ctx):
        return logic.ladder(store.people_by_step(ctx), store.gaps_by_step(ctx))
    steps = api_trade.steps(ctx)
    return logic.ladder(logic.people_by_step(steps), logic.gaps_by_step(steps))


def at_risk_rule(ctx: Ctx) -> Rule | None:
    """Return the rule for customers overdue for their next purchase, by what others did; None when too few did."""
    return logic.at_risk_rule(logic.overdue_after_days(ladder(ctx)))


def _at_risk(ctx: Ctx, steps: tuple[Step, ...]) -> AtRisk:
    kept = segments.find(ctx, AT_RISK)
    if kept is not None:
        return AtRisk(kept.people, kept.id)
    rule = logic.at_risk_rule(logic.overdue_after_days(steps))
    return AtRisk(segments.preview(ctx, rule, exact=True).people if rule else None, None)


def keep_at_risk(ctx: Ctx, *, make: bool = False, name: str = AT_RISK_NAME) -> Segment | None:
    """Bring the live at-risk segment up to what purchases say today; make it when asked to and it is not there.

    Returns None when there is none, or too few purchases to say who is overdue.
    """
    kept = segments.find(ctx, AT_RISK)
    rule = at_risk_rule(ctx) if kept or make else None
    if rule is None:
        return kept
    if kept is not None:
        return segments.update(ctx, kept.id, name=kept.name, description=kept.description, rule=rule)
    return segments.create(
        ctx,
        name=name,
        rule=rule,
        key=AT_RISK,
        description="距上次购买已超过同阶段四分之三复购客户的间隔。条件每天随数据更新。",
    )
