"""A rule as a sentence an operator would say, in Chinese and English."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from regulars.core.money import major
from regulars.core.rule.ast import (
    Between,
    BirthdayWithin,
    Compare,
    CompareOp,
    CountWithin,
    Did,
    Everyone,
    FieldLeaf,
    Group,
    Has,
    In,
    InSegment,
    Known,
    Near,
    Not,
    OlderThanDays,
    Rule,
    Scalar,
    Step,
    StepSequence,
    TextMatch,
    WithinDays,
)
from regulars.core.rule.catalog import Field, FieldCatalog
from regulars.core.rule.operators import NUMBERS
from regulars.core.rule.window import DayRange, Ever, LastDays, Window
from regulars.core.text import Lang, Text

_SYMBOLS = {"CNY": "¥", "GBP": "£", "USD": "$", "EUR": "€", "JPY": "¥", "HKD": "HK$", "TWD": "NT$", "SGD": "S$"}
_SIGNS: dict[CompareOp, str] = {"eq": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥"}
_DATE_WORDS: dict[CompareOp, Text] = {
    "eq": Text("在 {} 当天", "on {}"),
    "ne": Text("不在 {} 当天", "not on {}"),
    "lt": Text("早于 {}", "before {}"),
    "le": Text("不晚于 {}", "on or before {}"),
    "gt": Text("晚于 {}", "after {}"),
    "ge": Text("不早于 {}", "on or after {}"),
}
_TIMES: dict[CompareOp, Text] = {
    "eq": Text("恰好 {}", "exactly {}"),
    "ne": Text("不等于 {}", "other than {}"),
    "lt": Text("少于 {}", "fewer than {}"),
    "le": Text("至多 {}", "at most {}"),
    "gt": Text("超过 {}", "more than {}"),
    "ge": Text("至少 {}", "at least {}"),
}
_EXTREMES = (Text("最小的", "smallest"), Text("最大的", "largest"))


def sentence(
    rule: Rule,
    catalog: FieldCatalog,
    lang: Lang,
    *,
    currency: str = "CNY",
    segments: Mapping[int, str] | None = None,
    tags: Collection[int] = (),
) -> str:
    """Say a rule. currency: ISO 4217, for money in minor units. segments: names by id, where known.

    tags: those of the segments that are the value of a tag.
    """
    text = _Speaker(catalog, lang, currency, segments or {}, tags).say(rule)
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class _Speaker:
    catalog: FieldCatalog
    lang: Lang
    currency: str
    segments: Mapping[int, str] = field(default_factory=dict[int, str])
    tags: Collection[int] = ()

    def pick(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def say(self, rule: Rule) -> str:
        match rule:
            case Group():
                return self._group(rule)
            case Not():
                return self._not(rule.rule)
            case Everyone():
                return self.pick("所有客户", "everyone")
            case InSegment():
                return self._segment(rule, Text("属于人群", "in the segment"), Text("有标签", "tagged"))
            case Did():
                return self._did(rule)
            case CountWithin():
                return self._most(rule)
            case StepSequence():
                return self._sequence(rule)
            case _:
                return self._field(rule)

    def _segment(self, leaf: InSegment, inside: Text, tagged: Text) -> str:
        verb = (tagged if leaf.segment_id in self.tags else inside)[self.lang]
        name = self.segments.get(leaf.segment_id, f"#{leaf.segment_id}")
        return self.pick(f"{verb}「{name}」", f"{verb} “{name}”")

    def _not(self, rule: Rule) -> str:
        """Short words only where the complement has no missing values to hide."""
        match rule:
            case InSegment():
                return self._segment(rule, Text("不属于人群", "not in the segment"), Text("没有标签", "not tagged"))
            case Known():
                return self.catalog.get(rule.field).label[self.lang] + self.pick(" 未知", " is not known")
            case Has():
                asked = self.catalog.get(rule.field)
                value = self.value(rule.value, asked)
                return asked.label[self.lang] + self.pick(" 不包含 ", " does not include ") + value
            case _:
                return self.pick(f"不满足（{self.say(rule)}）", f"not ({self.say(rule)})")

    def _group(self, rule: Group) -> str:
        joiner = self.pick("，且 ", " and ") if rule.op == "and" else self.pick("，或 ", " or ")
        parts: list[str] = []
        for child in rule.rules:
            text = self.say(child)
            several = isinstance(child, StepSequence) or (isinstance(child, Group) and len(child.rules) > 1)
            nested = several and len(rule.rules) > 1
            parts.append(self.pick(f"（{text}）", f"({text})") if nested else text)
        return joiner.join(parts)

    # --- values -----------------------------------------------------------------------------------------
    def money(self, amount_fen: int) -> str:
        symbol = _SYMBOLS.get(self.currency, f"{self.currency} ")
        return f"{'-' if amount_fen < 0 else ''}{symbol}{major(abs(amount_fen)):,.2f}"

    def value(self, value: Scalar, asked: Field) -> str:
        for option, label in asked.options or ():
            if option == value:
                return (
                    self.pick(f"「{label.zh}」", f"“{label.en}”") if asked.type in {"text", "set"} else label[self.lang]
                )
        if isinstance(value, bool):
            return self.pick("是", "yes") if value else self.pick("否", "no")
        if isinstance(value, int):
            return self.number(value, asked)
        return value if asked.type == "date" else self.pick(f"「{value}」", f"“{value}”")

    def number(self, value: int, asked: Field) -> str:
        if asked.type == "money":
            return self.money(value)
        return f"{value} {asked.unit[self.lang]}" if asked.unit else str(value)

    # --- fields -----------------------------------------------------------------------------------------
    def _field(self, leaf: FieldLeaf) -> str:
        asked = self.catalog.get(leaf.field)
        between = self.pick("：", ": ") if asked.type == "bool" and isinstance(leaf, Compare) else " "
        return f"{asked.label[self.lang]}{between}{self._tail(leaf, asked)}"

    def _tail(self, leaf: FieldLeaf, asked: Field) -> str:
        match leaf:
            case Known():
                return self.pick("已知", "is known")
            case Compare():
                return self._compare(leaf, asked)
            case In() if len(leaf.values) == 1:
                return self._compare(Compare(op="eq", field=leaf.field, value=leaf.values[0]), asked)
            case In():
                values = [self.value(value, asked) for value in leaf.values]
                return self.pick("是 " + "、".join(values) + " 之一", "is one of " + ", ".join(values))
            case Between():
                return self._between(leaf, asked)
            case WithinDays() | OlderThanDays() | BirthdayWithin():
                return self._age(leaf)
            case Near():
                place = f"{leaf.lat:g}, {leaf.lon:g}"
                return self.pick(f"在 {place} 周边 {leaf.km} 公里内", f"within {leaf.km} km of {place}")
            case Has():
                return self.pick("包含 ", "includes ") + self.value(leaf.value, asked)
            case TextMatch():
                words = {"contains": Text("含有 ", "contains "), "starts": Text("开头是 ", "starts with ")}
                return words[leaf.op][self.lang] + self.value(leaf.value, asked)

    def _compare(self, leaf: Compare, asked: Field) -> str:
        if isinstance(leaf.value, bool):
            return self.value(leaf.value if leaf.op == "eq" else not leaf.value, asked)
        value = self.value(leaf.value, asked)
        if asked.type == "date":
            return _DATE_WORDS[leaf.op][self.lang].format(value)
        if asked.type in NUMBERS:
            return f"{_SIGNS[leaf.op]} {value}"
        return (self.pick("是 ", "is ") if leaf.op == "eq" else self.pick("不是 ", "is not ")) + value

    def _between(self, leaf: Between, asked: Field) -> str:
        low, high = self.value(leaf.low, asked), self.value(leaf.high, asked)
        if asked.type == "date":
            return self.pick(f"从 {low} 起、早于 {high}", f"from {low} and before {high}")
        return self.pick(f"≥ {low} 且 < {high}", f"is {low} or more and less than {high}")

    def _age(self, leaf: WithinDays | OlderThanDays | BirthdayWithin) -> str:
        days = leaf.days
        if isinstance(leaf, BirthdayWithin):
            ahead = self.pick(f"在今天起 {days} 天内", f"is today or in the next {self.count(days, 'day')}")
            return ahead if days else self.pick("是今天", "is today")
        if isinstance(leaf, WithinDays):
            return (
                self.pick(f"在近 {days} 天内", f"within the last {days} days")
                if days > 1
                else self.pick("是今天", "is today")
            )
        if days == 0:
            return self.pick("在今天或更早", "today or earlier")
        return self.pick(f"在 {days} 天前或更早", f"{self.count(days, 'day')} ago or earlier")

    # --- did --------------------------------------------------------------------------------------------
    def count(self, number: int, noun: str) -> str:
        return f"{number} {noun}{'' if number == 1 else 's'}"

    def _act(self, leaf: Did | CountWithin | Step) -> Text:
        relation = self.catalog.relation(leaf.relation)
        verb = relation.verb or Text(f"有「{relation.label.zh}」", f"had “{relation.label.en}”")
        where = "" if leaf.where is None or isinstance(leaf.where, Everyone) else self.say(leaf.where)
        return Text(verb.zh + (f"（{where}）" if where else ""), verb.en + (f" ({where})" if where else ""))

    def _sequence(self, leaf: StepSequence) -> str:
        when, (first, *later) = self._when(leaf.window), leaf.steps
        did = self._act(first)
        began = "曾" if isinstance(leaf.window, Ever) else f"{when.zh}"
        return self.pick(began + did.zh, did.en + when.en) + "".join(self._then(step) for step in later)

    def _then(self, step: Step) -> str:
        hours, did = step.within_hours or 0, self._act(step)
        days, rest = divmod(hours, 24)
        if rest or days < 2:  # "24 hours" is how people say a deadline of one day
            soon = Text(f"{hours} 小时", self.count(hours, "hour"))
        else:
            soon = Text(f"{days} 天", self.count(days, "day"))
        if step.absent:
            return self.pick(f"，之后 {soon.zh}内没有{did.zh}", f", then not {did.en} within {soon.en}")
        return self.pick(f"，之后 {soon.zh}内{did.zh}", f", then {did.en} within {soon.en}")

    def _most(self, leaf: CountWithin) -> str:
        did, when = self._act(leaf), self._when(leaf.window)
        run = Text(f"{when.zh}任意连续 {leaf.days} 天内", f" within some {leaf.days} days in a row{when.en}")
        if leaf.of is not None:
            asked = self.catalog.get(leaf.of)
            bound = f"≥ {self.number(leaf.value, asked)}"
            zh = f"{did.zh}的{asked.label.zh}合计 {bound}"
            return self.pick(run.zh + zh, f"{did.en}{run.en}, with {asked.label.en} totalling {bound}")
        if leaf.measure == "days":
            zh, often = f"有至少 {leaf.value} 天{did.zh}", f"on at least {self.count(leaf.value, 'day')}"
        else:
            zh, often = f"{did.zh}至少 {leaf.value} 次", f"at least {self.count(leaf.value, 'time')}"
        return self.pick(run.zh + zh, f"{did.en} {often}{run.en}")

    def _did(self, leaf: Did) -> str:
        did = self._act(leaf)
        when, never = self._when(leaf.window), isinstance(leaf.window, Ever)
        if leaf.of is not None:
            return self._amount(leaf, did, when)
        if (leaf.compare, leaf.value) in {("ge", 1), ("gt", 0), ("ne", 0)}:
            zh = ("曾" if never else f"{when.zh}有") + did.zh.removeprefix("有")
            return self.pick(zh, f"{'has ever ' if never else ''}{did.en}{when.en}")
        if (leaf.compare, leaf.value) in {("eq", 0), ("lt", 1), ("le", 0)}:
            zh = ("从未" if never else f"{when.zh}没有") + did.zh.removeprefix("有")
            return self.pick(zh, f"has {'never' if never else 'not'} {did.en}{when.en}")
        return self._times(leaf, did, when)

    def _times(self, leaf: Did, did: Text, when: Text) -> str:
        how = _TIMES[leaf.compare]
        if leaf.measure == "count":
            zh = f"{did.zh}{how.zh.format(f'{leaf.value} 次')}"
            return self.pick(f"{when.zh}{zh}", f"{did.en} {how.en.format(self.count(leaf.value, 'time'))}{when.en}")
        zh = f"有{how.zh.format(f'{leaf.value} 天')}{did.zh}"
        return self.pick(f"{when.zh}{zh}", f"{did.en} on {how.en.format(self.count(leaf.value, 'day'))}{when.en}")

    def _amount(self, leaf: Did, did: Text, when: Text) -> str:
        asked = self.catalog.get(leaf.of or "")
        bound = f"{_SIGNS[leaf.compare]} {self.number(leaf.value, asked)}"
        if leaf.measure == "sum":
            zh, en = f"的{asked.label.zh}合计 {bound}", f"with {asked.label.en} totalling {bound}"
        else:
            which = _EXTREMES[leaf.measure == "max"]
            zh, en = f"中{which.zh}{asked.label.zh} {bound}", f"with the {which.en} {asked.label.en} {bound}"
        return self.pick(f"{when.zh}{did.zh}{zh}", f"{did.en}{when.en}, {en}")

    def _when(self, window: Window) -> Text:
        match window:
            case LastDays():
                days = window.days
                return Text(f"近 {days} 天", f" in the last {days} days") if days > 1 else Text("今天", " today")
            case DayRange():
                return Text(f"{window.start} 起、{window.end} 之前", f" from {window.start} and before {window.end}")
            case Ever():
                return Text("累计", "")
