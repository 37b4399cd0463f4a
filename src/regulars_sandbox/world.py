"""The people and goods that all stand-ins share, so that one person can be met on several platforms."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - seeded

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = ("敏", "静", "丽", "强", "磊", "洋", "艳", "勇", "军", "杰", "娟", "涛", "明", "超", "霞", "平", "晨", "雪")
_REGIONS = (
    ("浙江省", "杭州市"),
    ("上海市", "上海市"),
    ("广东省", "深圳市"),
    ("四川省", "成都市"),
    ("江苏省", "南京市"),
)
_FRUIT = ("蜜橘", "苹果", "梨", "葡萄", "桃", "柚子", "猕猴桃", "石榴", "樱桃", "枇杷", "龙眼", "荔枝")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up. no: from 0; everything else follows from it. phone: 11 digits of a range not in use."""

    no: int
    name: str
    phone: str
    region: tuple[str, str]

    def token(self, *about: object, length: int = 24) -> str:
        """Return a stable opaque id of this person for a purpose (a shop, an app), as platforms give out."""
        text = "/".join(map(str, (self.no, *about)))
        return hashlib.sha256(text.encode()).hexdigest()[:length]


@dataclass(frozen=True, slots=True)
class Good:
    """Something sold. price_fen: of one."""

    no: int
    name: str
    category: str
    price_fen: int


@dataclass(slots=True)
class World:
    """Made from a seed: the same seed, the same people."""

    seed: int = 1
    rng: Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)  # noqa: S311 - not for secrets

    def person(self, no: int) -> Person:
        """Return the person of a number."""
        own = Random(f"{self.seed}/person/{no}")  # noqa: S311 - not for secrets
        name = own.choice(_SURNAMES) + own.choice(_GIVEN) + own.choice(("", *_GIVEN[:6]))
        return Person(no, name, f"10{no % 1_000_000_000:09d}", own.choice(_REGIONS))

    def good(self, no: int) -> Good:
        """Return the good of a number."""
        own = Random(f"{self.seed}/good/{no}")  # noqa: S311 - not for secrets
        weight = own.choice((1, 2, 3, 5))
        return Good(no, f"{own.choice(_FRUIT)}{weight}斤装", "水果", 990 * weight + own.randrange(20) * 100)
