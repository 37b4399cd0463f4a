"""The made-up group: brands, shops, stores, goods, places, and how its days differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from math import pi, sin

from regulars.core.clock import day_start
from regulars.workspace.contract import Brand
from regulars_bench.contract import Scale

SEED = 20_261_115
ZONE = "Asia/Shanghai"
TODAY = date(2026, 11, 15)
"""Business time stands at noon of this day; the last day with data is the one before."""

DAYS = 730
FIRST_DAY = TODAY - timedelta(days=DAYS)

BRANDS = tuple(
    Brand(number, key, name, ZONE, "CNY")
    for number, (key, name) in enumerate(
        (("haitang", "海棠"), ("songyu", "松屿"), ("xiaoman", "小满"), ("luming", "鹿鸣"), ("chuqing", "初晴")), 1
    )
)
BRAND_SHARES = (55, 20, 12, 8, 5)
SHOPS = (
    ("haitang-tmall", "haitang-jd", "haitang-mini", "haitang-stores"),
    ("songyu-tmall",),
    ("xiaoman-tmall",),
    ("luming-tmall",),
    ("chuqing-tmall",),
)
STORES = (1_650, 600, 360, 240, 150)
ITEMS = (11_000, 4_000, 2_400, 1_600, 1_000)

_CATEGORIES = (
    "面霜 精华 爽肤水 防晒 面膜 卸妆 洁面 眼霜 口红 粉底 眼影 腮红 香水 身体乳 护手霜 洗发水 护发素 沐浴露 牙膏 香皂"
    " 连衣裙 衬衫 T恤 牛仔裤 半身裙 外套 羽绒服 毛衣 运动鞋 高跟鞋 凉鞋 靴子 手提包 双肩包 钱包 帽子 围巾 袜子 内衣"
    " 睡衣 奶粉 纸尿裤 婴儿车 玩具 童装 童鞋 绘本 坚果 饼干 巧克力 茶叶 咖啡 牛奶 果汁 蜂蜜 红酒 床品 毛巾 餐具 香薰"
)
CATEGORIES = tuple(_CATEGORIES.split())
CHANNELS = ("sms", "wecom", "push")
PLAYS, CAMPAIGNS_A_MONTH = 40, 5

PROVINCES: tuple[tuple[str, int, int, int], ...] = (
    ("广东", 1310, 2313, 11326), ("山东", 1000, 3667, 11700), ("河南", 970, 3475, 11362), ("江苏", 930, 3206, 11880),
    ("四川", 830, 3067, 10406), ("河北", 730, 3804, 11451), ("湖南", 650, 2823, 11294), ("浙江", 860, 3027, 12015),
    ("安徽", 600, 3182, 11723), ("湖北", 570, 3059, 11430), ("广西", 490, 2282, 10837), ("云南", 460, 2504, 10271),
    ("江西", 450, 2868, 11586), ("辽宁", 420, 4180, 12343), ("福建", 450, 2607, 11930), ("陕西", 390, 3434, 10894),
    ("贵州", 380, 2665, 10663), ("山西", 340, 3787, 11255), ("重庆", 320, 2956, 10655), ("黑龙江", 300, 4580, 12653),
    ("新疆", 250, 4382, 8762), ("甘肃", 240, 3606, 10383), ("上海", 480, 3123, 12147), ("吉林", 230, 4382, 12532),
    ("内蒙古", 230, 4084, 11175), ("北京", 460, 3990, 11641), ("天津", 200, 3908, 11720), ("海南", 100, 2004, 11020),
    ("宁夏", 70, 3849, 10623), ("青海", 60, 3662, 10178), ("西藏", 40, 2965, 9114), ("香港", 90, 2232, 11417),
    ("澳门", 20, 2219, 11354), ("台湾", 80, 2503, 12157),
)  # fmt: skip
"""Name, weight, latitude and longitude of the capital in 0.01 degree."""

SALES_ON = ((6, 18), (11, 11), (12, 12))
_WEIGHTS = {
    (6, 1): 4.0, (6, 16): 5.0, (6, 17): 5.0, (6, 18): 12.0, (6, 19): 2.5, (10, 31): 4.0, (11, 1): 5.0, (11, 10): 5.0,
    (11, 11): 16.0, (11, 12): 2.5, (12, 11): 2.5, (12, 12): 7.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. people: known and anonymous ones; events, orders: about, lines follow from orders."""

    people: int
    events: int
    orders: int

    @property
    def known(self) -> int:
        """People with a member's number; uids from 1."""
        return self.people * 7 // 10

    @property
    def anonymous(self) -> int:
        """Anonymous numbers; every third was later recognised as a known person."""
        return self.people * 45 // 100

    @property
    def joins(self) -> int:
        """About how many joined the club, an event each."""
        return self.known * 6 // 10

    @property
    def messages(self) -> int:
        """Messages, two events each."""
        return self.events * 9 // 100

    @property
    def sessions(self) -> int:
        """Visits to a shop, ten events each."""
        return (self.events - self.joins - 2 * self.messages) // 10


SIZES: dict[Scale, Size] = {
    "ci": Size(5_000, 60_000, 5_000),
    "1m": Size(1_000_000, 20_000_000, 1_600_000),
    "10m": Size(10_000_000, 200_000_000, 16_000_000),
    "max": Size(10_000_000, 1_000_000_000, 16_000_000),
}
"""max is cut down to what the free disk holds."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days that are made together. days: one of them per 1/n of the weight. share: of all weight, as [low, high)."""

    days: tuple[int, ...]
    share: tuple[float, float]
    campaigns: tuple[int, int]

    def numbers(self, total: int) -> tuple[int, int]:
        """Return this period's part of 0..total as (first, after the last)."""
        return round(total * self.share[0]), round(total * self.share[1])


def periods(*, at_once: bool) -> tuple[Period, ...]:
    """Return the periods in order: the calendar's months, or all days at once where there is little to make."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(DAYS)]
    months: list[list[date]] = []
    for day in days:
        if months and (at_once or months[-1][-1].month == day.month):
            months[-1].append(day)
        else:
            months.append([day])
    weights = [sum(_weight(day) for day in month) for month in months]
    bounds = [0.0, *accumulate(weights)]
    made: list[Period] = []
    campaign = 1
    for month, low, high in zip(months, bounds, bounds[1:], strict=False):
        count = CAMPAIGNS_A_MONTH * max(1, len(month) // 30)
        made.append(Period(_lookup(month), (low / bounds[-1], high / bounds[-1]), (campaign, count)))
        campaign += count
    return tuple(made)


def _lookup(days: Sequence[date]) -> tuple[int, ...]:
    """Return day numbers since 1970, each as often as its weight; so a day is drawn in one step."""
    slots = 512 if len(days) < 40 else 2048
    total = sum(_weight(day) for day in days)
    reached = [0.0, *accumulate(_weight(day) / total * slots for day in days)]
    return tuple(
        (day - date(1970, 1, 1)).days
        for day, low, high in zip(days, reached, reached[1:], strict=False)
        for _ in range(round(high) - round(low))
    )


def _weight(day: date) -> float:
    season = 1.0 + 0.15 * sin(2 * pi * (day.timetuple().tm_yday - 80) / 365)
    growth = 1.0 + 0.4 * (day - FIRST_DAY).days / DAYS
    weekend = 1.25 if day.weekday() >= 5 else 1.0
    return season * growth * weekend * _WEIGHTS.get((day.month, day.day), 1.0)


def sale_days() -> list[date]:
    """Return the days on which everything is a fifth cheaper."""
    every = (FIRST_DAY + timedelta(days=n) for n in range(DAYS))
    return [day for day in every if (day.month, day.day) in SALES_ON]


def noon() -> datetime:
    """Return the instant at which business time stands."""
    return day_start(TODAY, ZONE) + timedelta(hours=12)


def starts(sizes: Sequence[int]) -> list[int]:
    """Return where each of the runs begins when they lie one after the other."""
    return [0, *accumulate(sizes)][:-1]


def drawn(weights: Sequence[int], slots: int) -> list[int]:
    """Return positions from 1, each as often as its weight, `slots` of them; each at least once."""
    total = sum(weights)
    counts = [max(1, weight * slots // total) for weight in weights]
    counts[0] += slots - sum(counts)
    return [position for position, count in enumerate(counts, 1) for _ in range(count)]
