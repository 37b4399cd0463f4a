"""What the room registers when the house is put together: its kinds, its jobs, and its part of a person."""

from __future__ import annotations

from regulars.channels import api
from regulars.channels.people_port import ChannelsPeople
from regulars.core.people import person_data

api.channel_kinds()
person_data.register(ChannelsPeople())
