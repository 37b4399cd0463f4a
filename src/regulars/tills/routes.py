"""Tills over HTTP: commands that are answered at once."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from regulars.core.ctx import Ctx
from regulars.tills import api
from regulars.tills.contract import Card, Document, Joining, NamedBy
from regulars.workspace.api import Permitted

router = APIRouter(tags=["tills"])
_Till = Annotated[Ctx, Permitted("tills.use")]
_Giver = Annotated[Ctx, Permitted("tills.codes")]
_Reader = Annotated[Ctx, Permitted("settings.read")]
_Writer = Annotated[Ctx, Permitted("settings.write", all_stores=True)]
_Phone = Annotated[str, Field(pattern=r"^\+?\d[\d -]{4,22}$")]
_Number = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$")]
_Short = Annotated[str, Field(max_length=100)]
_Channel = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Whom(_In):
    """One of the three."""

    phone: _Phone | None = None
    member_no: _Number | None = None
    code: Annotated[str, Field(pattern=r"^\d{18}$")] | None = None

    @model_validator(mode="after")
    def _one(self) -> Whom:
        if len(self.model_fields_set) != 1 or None in (getattr(self, name) for name in self.model_fields_set):
            raise ValueError("send exactly one of phone, member_no and code")
        return self

    def named(self) -> tuple[NamedBy, str]:
        """Return by what somebody is named."""
        if self.code:
            return "code", self.code
        return ("phone", self.phone) if self.phone else ("member_no", self.member_no or "")


class TagShown(BaseModel):
    """A tag and its value."""

    tag: str
    value: str


class CardOut(BaseModel):
    """What a till is shown. name, phone: masked, "" = not known. member_no: "" = no member yet."""

    member_no: str
    name: str
    phone: str
    joined_on: date | None
    last_order_on: date | None
    tags: list[TagShown]

    @classmethod
    def of(cls, card: Card) -> CardOut:
        """Build from the room's noun."""
        return cls(
            member_no=card.member_no, name=card.name, phone=card.phone, joined_on=card.joined_on,
            last_order_on=card.last_order_on, tags=[TagShown(tag=tag, value=value) for tag, value in card.tags],
        )  # fmt: skip


class FoundOut(BaseModel):
    """card: null = the brand knows nobody by this."""

    card: CardOut | None


class JoinIn(_In):
    """Who joins. basis: what they agreed to, kept with each consent; marketing: channels they allow for it."""

    phone: _Phone
    occurred_at: AwareDatetime
    basis: str = Field(min_length=1, max_length=200)
    marketing: list[_Channel] = Field(default=[], max_length=10)
    member_no: _Number | None = None
    name: _Short = ""
    gender: Literal["female", "male", ""] = ""
    birthday: str = Field(default="", pattern=r"^(\d{4}-\d{2}-\d{2})?$")
    store: _Short = ""


class JoinedOut(BaseModel):
    """The member's number; new: false = they were a member already."""

    member_no: str
    new: bool


class LineIn(_In):
    """A line. quantity above 0; amount_fen: what it came to after discounts, positive also where it is given back."""

    item_id: str = Field(min_length=1, max_length=200)
    item_name: str = Field(default="", max_length=300)
    category: _Short = ""
    quantity: int = Field(gt=0, le=1_000_000)
    amount_fen: int = Field(ge=0, le=10**12)


class DocumentIn(_In):
    """A sale, or goods given back (kind refund, of_order: the sale). occurred_at: by the till's clock, however late."""

    kind: Literal["sale", "refund"] = "sale"
    document_id: str = Field(min_length=1, max_length=100)
    occurred_at: AwareDatetime
    total_fen: int = Field(ge=0, le=10**12)
    lines: list[LineIn] = Field(min_length=1, max_length=1_000)
    of_order: _Short = ""
    phone: _Phone | None = None
    member_no: _Number | None = None
    store: _Short = ""


class TakenOut(BaseModel):
    """new: false = it had been handed in before, and nothing has changed."""

    document_id: str
    new: bool


class CodeOut(BaseModel):
    """18 digits to be shown as a bar or QR code, good for at least so many seconds."""

    code: str
    good_for_s: int


class ShownTags(_In):
    """The tags that tills are shown, by number."""

    tags: list[int] = Field(max_length=20)


@router.post("/v1/till/lookup")
def lookup(body: Whom, ctx: _Till) -> FoundOut:
    """Say who somebody is by phone number, member number or the code they show; masked."""
    card = api.look_up(ctx, *body.named())
    return FoundOut(card=CardOut.of(card) if card else None)


@router.post("/v1/till/members")
def join(body: JoinIn, ctx: _Till) -> JoinedOut:
    """Let somebody join, with what they agreed to."""
    about = {"name": body.name.strip(), "gender": body.gender, "birthday": body.birthday}
    one = Joining(body.phone, body.occurred_at, body.basis, tuple(body.marketing), body.member_no or "", about)
    number, is_new = api.join(ctx, api.store_of(ctx, body.store), one)
    return JoinedOut(member_no=number, new=is_new)


@router.post("/v1/till/documents")
def hand_in(body: DocumentIn, ctx: _Till) -> TakenOut:
    """Take a sale or goods given back, also days later; the same again changes nothing."""
    one = Document(
        body.kind, body.document_id, body.occurred_at, body.total_fen,
        tuple(line.model_dump() for line in body.lines), body.of_order, body.phone or "", body.member_no or "",
    )  # fmt: skip
    return TakenOut(document_id=body.document_id, new=api.hand_in(ctx, api.store_of(ctx, body.store), one))


@router.post("/v1/till/codes")
def give_code(body: Whom, ctx: _Giver) -> CodeOut:
    """Give the code that a member shows at a till, for the brand's own pages and mini-programs."""
    code = api.code_for(ctx, *body.named())
    return CodeOut(code=code.digits, good_for_s=code.good_for_s)


@router.get("/api/tills")
def shown(ctx: _Reader) -> ShownTags:
    """Return which tags tills are shown."""
    return ShownTags(tags=api.shown_tags(ctx))


@router.put("/api/tills")
def show(body: ShownTags, ctx: _Writer) -> ShownTags:
    """Choose which tags tills are shown."""
    return ShownTags(tags=api.show_tags(ctx, body.tags))
