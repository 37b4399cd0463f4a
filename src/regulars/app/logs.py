"""What is written to the log of a process, and what never is."""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    """Log to stderr. Errors come with a plain traceback: the values of variables would tell who people are."""
    colors = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            structlog.dev.set_exc_info,
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),  # not every call to a platform
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
