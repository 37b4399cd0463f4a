"""The sandbox's page: what was called, what was answered, what was made to fail."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from regulars_sandbox.faults import KINDS

if TYPE_CHECKING:
    from regulars_sandbox.app import Sandbox

_SHOWN = 200
_STYLE = """
body{font:14px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;margin:24px auto;max-width:1180px;padding:0 16px;
color:#1f1d1a;background:#faf9f6}h1{font-size:20px}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:4px 8px;border-bottom:1px solid #e4e1da;vertical-align:top;
font-variant-numeric:tabular-nums}
pre{white-space:pre-wrap;word-break:break-all;margin:4px 0;font-size:12px;max-height:240px;overflow:auto}
.bad{color:#b3261e}.fault{color:#8a5a00}summary{cursor:pointer}.out td:first-child::before{content:"→ "}
"""


def render(house: Sandbox) -> str:
    """Return the page: the newest calls first."""
    rows = [_row(entry.row()) for entry in list(house.journal.entries)[::-1][:_SHOWN]]
    stands = "".join(
        f'<li><b>{escape(one.title)}</b> <code>/{key}</code> <a href="{escape(one.page)}">{escape(one.page)}</a></li>'
        for key, one in house.stands.items()
    )
    twice = "".join(f"<li class=bad>{escape(one)}</li>" for one in house.journal.twice()[:50])
    body = "".join(rows) or "<tr><td colspan=6>Nothing was called yet. Turn practice mode on in the console.</td></tr>"
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Sandbox</title><style>{_STYLE}</style>"
        f"<h1>Sandbox: stand-ins for the outside platforms</h1>"
        f"<p>Time here: {house.now():%Y-%m-%d %H:%M:%S} UTC. Nothing leaves this machine.</p>"
        f"<details><summary>Platforms ({len(house.stands)})</summary><ul>{stands}</ul></details>"
        f"<details><summary>Make something fail</summary><p>POST /control/faults with "
        f'{{"platform": "…", "kind": "…", "api": "*", "times": 1}}; kinds: {", ".join(KINDS)}.</p></details>'
        f"<h2>Done more than once</h2><ul>{twice or '<li>nothing</li>'}</ul>"
        f"<h2>Calls</h2><table><tr><th>Time</th><th>Platform</th><th>API</th><th>Status</th><th>Fault</th>"
        f"<th>Sent and answered</th></tr>{body}</table></html>"
    )


def _row(entry: dict[str, object]) -> str:
    status = int(str(entry["status"]))
    return (
        f"<tr class={escape(str(entry['way']))}><td>{escape(str(entry['at'])[11:23])}</td>"
        f"<td>{escape(str(entry['platform']))}</td><td>{escape(str(entry['api']))}</td>"
        f"<td class={'bad' if not 200 <= status < 400 else 'ok'}>{status}</td>"
        f"<td class=fault>{escape(str(entry['fault']))}</td>"
        f"<td><details><summary>{escape(str(entry['method']))} {escape(str(entry['address'])[:120])}</summary>"
        f"<pre>{escape(str(entry['sent']))}</pre><pre>{escape(str(entry['answered']))}</pre></details></td></tr>"
    )
