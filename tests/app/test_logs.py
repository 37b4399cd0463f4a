"""What the log of a process tells of an error."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from regulars.app import logs


@pytest.fixture
def as_served() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_an_error_is_told_without_what_its_variables_held(as_served: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    phone = "".join(["1380", "0138", "001"])
    try:
        raise ValueError(f"{len(phone)} digits")
    except ValueError:
        structlog.get_logger().exception("loop_failed", loop="log 1")
    said = capsys.readouterr().err
    assert "loop_failed" in said
    assert "ValueError: 11 digits" in said
    assert "test_logs.py" in said
    assert phone not in said
