"""What other rooms, and the node kinds, may hold of journeys."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from regulars.channels.contract import Frequency, Message, Purpose, QuietHours
from regulars.core.ctx import Ctx
from regulars.core.event import Event, Origin
from regulars.core.registry import Kind, Registry
from regulars.core.rule import Rule

TREATED, HELD_OUT = "treated", "held_out"
START, APART = "start", "apart"
"""Ways by which nobody came: an entry that opens; people put apart where they stand, to wait for times of their own."""
ListSort = Literal["newest", "name", "started"]
CampaignState = Literal["draft", "live", "done", "stopped"]
PersonState = Literal["waiting", "exited", "sent", "suppressed", "failed", "unknown", "held_out"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What an operator says of a campaign. holdout_bp: share kept back, 0..9000 of 10,000.

    window_days: days after the start whose purchases count. replay_on: the past business day it is replayed
    over; None = live. config: of the channel; a secret shown as hidden keeps its stored value. template_id: the stored
    template that channel, config and message are taken from when it is saved.
    """

    name: str
    segment_id: int
    channel: str
    config: Mapping[str, Any]
    message: Message
    holdout_bp: int
    purpose: Purpose = "marketing"
    quiet_hours: QuietHours | None = None
    frequency: Frequency | None = None
    window_days: int = 30
    replay_on: date | None = None
    priority: int = 3
    template_id: int | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as kept. started_at: business time of its run (a replay's lies in the past)."""

    id: int
    brand_id: int
    state: CampaignState
    draft: Draft
    run_id: int | None
    created_at: datetime
    started_at: datetime | None

    @property
    def replay(self) -> bool:
        """Tell whether it is replayed over the past, so that nobody is reached."""
        return self.draft.replay_on is not None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which campaigns of a list. q: letters of the name, upper and lower case alike.

    sort: newest; name: from A; started: the latest first, drafts last.
    """

    q: str = ""
    state: CampaignState | None = None
    sort: ListSort = "newest"


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbers before publishing. people = treated + held_out; suppressed are part of treated."""

    people: int
    treated: int
    held_out: int
    suppressed: Mapping[str, int]
    missing: Mapping[str, int]
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the people of a run are. entered = the sum of all the others, at every moment."""

    entered: int = 0
    waiting: int = 0
    exited: int = 0
    sent: int = 0
    suppressed: int = 0
    failed: int = 0
    unknown: int = 0
    held_out: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])
    """Suppressed people by reason."""

    @property
    def accounted(self) -> int:
        """Return the people that the other counts explain."""
        return self.waiting + self.exited + self.sent + self.suppressed + self.failed + self.unknown + self.held_out


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What the people of an arm bought in the window, those who bought nothing counted as 0.

    buyers: people with an order whose net is above 0. sales_fen: order net. squares: sum of squared sales.
    """

    arm: str
    people: int
    buyers: int
    orders: int
    sales_fen: int
    squares: float

    @property
    def buyer_rate(self) -> float | None:
        """Return buyers per person; None for nobody."""
        return self.buyers / self.people if self.people else None

    @property
    def sales_per_head_fen(self) -> float | None:
        """Return sales per person, buyers or not; None for nobody."""
        return self.sales_fen / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class PersonInRun:
    """One person of a campaign. arm: "" before the split. reason: of suppressed, failed, unknown or exited."""

    uid: int
    arm: str
    state: PersonState
    reason: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonMessage:
    """A campaign as one person met it."""

    campaign_id: int
    campaign: str
    arm: str
    state: PersonState
    reason: str
    at: datetime | None


JourneyState = Literal["draft", "live", "paused", "draining", "done", "stopped"]


@dataclass(frozen=True, slots=True)
class Journey:
    """A journey of its own. graph: as it is drawn now. version_id: the one that people enter, None before."""

    id: int
    brand_id: int
    name: str
    state: JourneyState
    graph: Mapping[str, Any]
    version_id: int | None
    created_at: datetime


ReviewState = Literal["asked", "approved", "refused"]


@dataclass(frozen=True, slots=True)
class Review:
    """Where the approval of a drawing stands. asked_by, by: names; by "" = nobody has decided yet. note: why.

    current: it is about the drawing as it is now.
    """

    state: ReviewState
    asked_by: str
    by: str
    note: str
    at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class NodeCounts:
    """Where the people who came to a node are: came = waiting + exited + ended + the sum of `ways`, at every moment.

    ways: people who went on, by way out. sent: of a message, what became of the requests, by state.
    """

    node: str
    came: int = 0
    waiting: int = 0
    exited: int = 0
    ended: int = 0
    ways: Mapping[str, int] = field(default_factory=dict[str, int])
    sent: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Run:
    """One pass of people through a journey. visit: who comes again walks in a run of its own."""

    id: int
    brand_id: int
    version_id: int
    campaign_id: int | None
    journey_id: int | None
    visit: int
    origin: Origin
    replay_at: datetime | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Chunk:
    """Up to 4,000 people of a cohort; id is unique for ever."""

    id: int
    uids: Sequence[int]


class Step(Protocol):
    """What a node may do with the cohort that stands at it. Everything happens in one transaction."""

    @property
    def origin(self) -> str:
        """Return where what the node does comes from, for whatever it writes: journey, node, run."""
        ...

    @property
    def opening(self) -> bool:
        """Tell whether nobody stands here: the journey was published, or an entry's next time has come."""
        ...

    @property
    def open(self) -> bool:
        """Tell whether people still enter by this version."""
        ...

    @property
    def ctx(self) -> Ctx:
        """Return the Ctx, under the run's clock."""
        ...

    @property
    def run(self) -> Run:
        """Return the run."""
        ...

    @property
    def node_key(self) -> str:
        """Return the node's key within the graph."""
        ...

    def chunks(self) -> Iterable[Chunk]:
        """Return the people of the cohort who carry no exit mark."""
        ...

    def enter(self, pages: Iterable[Sequence[int]], way: str, *, again_at: datetime | None = None) -> int:
        """Let people in, as the settings of the whole let them, and on by a way out; return how many came in.

        again_at: when the entry opens next; None = never.
        """
        ...

    def split(self, experiment: str, arms: Mapping[str, int], way_of: Callable[[str], str]) -> None:
        """Place each person by a stable hash of experiment and uid, keep the arm, let each go its arm's way.

        arms: arm -> share in basis points, in order, summing to 10,000.
        """
        ...

    @property
    def waited(self) -> bool:
        """Tell whether these people have waited here for as long as the node asked."""
        ...

    @property
    def due_at(self) -> datetime:
        """Return since when it is time for this step: earlier than now when nothing ran for a while."""
        ...

    def wait(self, until: datetime) -> None:
        """Let everybody stand here until then; the node deals with them again."""
        ...

    def wait_apart(self, until: Mapping[datetime, Iterable[int]], rest: str) -> None:
        """Let people stand here until an instant of their own; the others go on by `rest`."""
        ...

    def branch(self, chosen: Mapping[str, Iterable[int]], rest: str) -> None:
        """Let people go on by the way that names them, the others by `rest` (people with an exit mark leave)."""
        ...

    def go(self, way: str) -> None:
        """Let everybody go on by a way out (people with an exit mark leave)."""
        ...

    def end(self) -> None:
        """Let everybody end here."""
        ...


class EventMatch(BaseModel):
    """Events of a type. where: a condition over the event's own fields (`event:<type>.<field>`); None = all."""

    model_config = ConfigDict(extra="forbid")
    event: str = Field(min_length=3, max_length=100, title="Event")
    where: Rule | None = Field(default=None, title="Only when")


class JourneySettings(BaseModel):
    """What holds for the whole journey.

    exits: whoever does one of these leaves wherever they stand. goal: what the journey is for, counted; leave_at_goal:
    it is an exit as well. again_after_days: who was in it may enter again so long after; None = once for ever.
    exclusion: name of a group of journeys of which a person is in one at most; "" = none. priority: 1..5, a higher one
    takes people over from a lower one of its group. most_people, most_a_day: how many may enter; None = no limit.
    """

    model_config = ConfigDict(extra="forbid")
    exits: tuple[EventMatch, ...] = ()
    goal: EventMatch | None = None
    leave_at_goal: bool = True
    again_after_days: int | None = Field(default=None, ge=0, le=3_660)
    exclusion: str = Field(default="", max_length=60)
    priority: int = Field(default=3, ge=1, le=5)
    most_people: int | None = Field(default=None, ge=1, le=100_000_000)
    most_a_day: int | None = Field(default=None, ge=1, le=100_000_000)

    def leaving(self) -> tuple[EventMatch, ...]:
        """Return the events at which people leave wherever they stand."""
        return (*self.exits, *((self.goal,) if self.goal and self.leave_at_goal else ()))


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a graph from being published. node: "" for the whole."""

    node: str
    message: str
    hint: str = ""


class Node(Kind, ABC):
    """A place in a graph. ways: its ways out, each leads to one other node.

    entry: people come into the journey here. comes: how, of an entry: once when it is published, at times of its own,
    or when an event or a caller says so; called: by callers. waits: people stand here for a time. bounded: they pass
    only so often.
    """

    ways: ClassVar[tuple[str, ...]] = ()
    entry: ClassVar[bool] = False
    comes: ClassVar[Literal["once", "timed", "told"]] = "told"
    called: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    bounded: ClassVar[bool] = False
    Config: ClassVar[type[BaseModel]]

    def ways_out(self, config: BaseModel) -> tuple[str, ...]:
        """Return the ways out with these settings."""
        del config
        return self.ways

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for what the settings' types cannot say."""
        del config

    def sealed(self, config: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return settings as they may be stored: secrets encrypted, a hidden one as it was `before`."""
        del before
        return config

    def shown(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return stored settings as they may be shown: secrets hidden."""
        return config

    def hears(self, config: BaseModel) -> EventMatch | None:
        """Return the events that bring people in here (an entry), or on from here by the first way out."""
        del config
        return None

    def about(self, config: BaseModel, event: Event) -> Sequence[int]:
        """Return the suids of whom an event that is heard is about: whose it is, unless the kind knows better."""
        del config
        return () if event.suid is None else (event.suid,)

    @abstractmethod
    def step(self, step: Step, config: BaseModel) -> None:
        """Deal with a whole cohort. Must give the same when run again after a rollback."""


nodes: Registry[Node] = Registry("nodes", Node)
"""The node kinds; read through the engine, which loads the folder first."""
