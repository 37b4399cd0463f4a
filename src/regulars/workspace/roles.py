"""The roles that come with the product; a later release may add to them what it can do more."""

from __future__ import annotations

from regulars.core.text import Text
from regulars.workspace.contract import Role

ADMINISTRATOR = "administrator"
_READING = ("customers.read", "segments.read", "campaigns.read", "insight.read")


def _role(key: str, name: Text, description: Text, *permissions: str) -> Role:
    return Role(key, name, description, frozenset(permissions), built_in=True)


BUILT_IN: dict[str, Role] = {
    role.key: role
    for role in (
        _role(
            ADMINISTRATOR,
            Text("管理员", "Administrator"),
            Text("可以做所有事，包括管理成员与权限", "May do everything, also manage people and access"),
            "*",
        ),
        _role(
            "operator",
            Text("运营", "Operator"),
            Text(
                "圈选人群、做活动、导入数据、合并客户；看不到完整手机号",
                "Builds segments, runs campaigns, brings data in, merges customers; sees phone numbers masked",
            ),
            *_READING,
            "customers.write",
            "customers.export",
            "people.merge",
            "segments.write",
            "segments.export",
            "audiences.export",
            "campaigns.write",
            "campaigns.publish",
            "campaigns.test",
            "campaigns.export",
            "ingest.read",
            "ingest.write",
            "settings.read",
        ),
        _role(
            "analyst",
            Text("分析师", "Analyst"),
            Text(
                "看报表与效果，建人群来分析；不发送、不导出",
                "Reads reports and results, builds segments; sends and exports nothing",
            ),
            *_READING,
            "segments.write",
            "ingest.read",
        ),
        _role(
            "store_manager",
            Text("店长", "Store manager"),
            Text(
                "看本店的客户、人群与业绩，信息脱敏；请同时限定门店",
                "Sees the store's customers, segments and figures, masked; give the reach of the store with it",
            ),
            *_READING,
        ),
        _role(
            "service_agent",
            Text("客服", "Service agent"),
            Text(
                "查找客户、改资料与授权、做本人资料副本，写明原因后可看完整信息（会留下记录）",
                "Finds customers, changes details and consents, makes a customer's own copy, sees full details for a"
                " stated reason, which is logged",
            ),
            "customers.read",
            "customers.unmask",
            "customers.write",
            "customers.copy",
        ),
    )
}
