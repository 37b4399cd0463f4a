"""The metrics on offer."""

from __future__ import annotations

from regulars.core.registry import Registry
from regulars.insight.contract import Metric

metrics: Registry[Metric] = Registry("metrics", Metric)
