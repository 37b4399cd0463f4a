"""What the room registers when the house is put together: its jobs, and its part of a person."""

from __future__ import annotations

from regulars.channels import api  # noqa: F401 - registers the jobs
from regulars.channels.people_port import ChannelsPeople
from regulars.core.people import person_data

person_data.register(ChannelsPeople())
