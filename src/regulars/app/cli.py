"""The command line. It works beside a running server, and starts the embedded stores itself where none runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.console import Console
from rich.table import Table

from regulars.app import logs
from regulars.app.boot import House
from regulars.app.cli_sandbox import sandbox_app
from regulars.app.settings import Settings
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, RegularsError

app = typer.Typer(
    name="regulars",
    help="Regulars 回头客: customers who come back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
segment_app = typer.Typer(help="Groups of customers.", no_args_is_help=True)
person_app = typer.Typer(help="One customer.", no_args_is_help=True)
event_app = typer.Typer(help="The event log.", no_args_is_help=True)
key_app = typer.Typer(help="API keys.", no_args_is_help=True)
app.add_typer(segment_app, name="segment")
app.add_typer(person_app, name="person")
app.add_typer(key_app, name="api-key")
app.add_typer(event_app, name="events")
app.add_typer(sandbox_app, name="sandbox")

out = Console()
err = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of words.")]
BrandId = Annotated[int, typer.Option("--brand", help="Brand id.")]


def main() -> None:
    """Run the command line; an error that a person can act on is printed in words, without a traceback."""
    logs.configure()
    try:
        app()
    except RegularsError as error:
        err.print(f"[bold red]{error.message}[/]" + (f"\n{error.hint}" if error.hint else ""), highlight=False)
        raise SystemExit(1) from None


@contextmanager
def open_house() -> Generator[House]:
    """Open the stores, those of a running server or private ones, migrated."""
    from regulars.app.stores import ensure_stores

    settings = Settings()
    with ensure_stores(settings) as endpoints:
        house = House(endpoints.database_url, endpoints.lake_url, settings)
        try:
            house.migrate()
            yield house
        finally:
            house.close()


@contextmanager
def open_ctx(brand_id: int = 1) -> Generator[Ctx]:
    """Open the stores and a transaction for a brand."""
    with open_house() as house, house.ctx(brand_id) as ctx:
        yield ctx


def show(value: Any, *, as_json: bool) -> None:  # noqa: ANN401 - JSON
    """Print a result as JSON, or as a table where it is a list of rows."""
    if as_json:
        sys.stdout.write(json.dumps(value, default=str, ensure_ascii=False, indent=2) + "\n")
        return
    rows = value if isinstance(value, list) else [value]
    if not rows:
        out.print("Nothing found.")
        return
    table = Table(*(str(k) for k in rows[0]))
    for row in rows:
        table.add_row(*("" if v is None else str(v) for v in row.values()))
    out.print(table)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "",
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 0,
) -> None:
    """Run everything on this machine: stores, web, worker; each is restarted when it dies."""
    from regulars.app import supervisor

    settings = Settings()
    supervisor.serve(settings, host=host or settings.host, port=port or settings.port, welcome=_welcome)


def _welcome(address: str) -> None:
    err.print(f"\n  Nobody uses this house yet. Open this link and begin:\n\n  [bold]{address}[/]\n", soft_wrap=True)


@app.command()
def web(
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "",
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 0,
) -> None:
    """Run one web process against servers given by URL; as many as wanted may share one port."""
    from regulars.app import asgi

    settings = _with_servers()
    asgi.serve(host or settings.host, port or settings.port)


@app.command()
def worker() -> None:
    """Run one worker process against servers given by URL; as many as wanted may run."""
    from regulars.app import worker as worker_process

    settings = _with_servers()
    house = House(settings.database_url, settings.lake_url, settings)
    try:
        worker_process.main(house)
    finally:
        house.close()


def _with_servers() -> Settings:
    settings = Settings()
    if not settings.database_url or not settings.lake_url:
        raise BadInput(
            "This process needs REGULARS_DATABASE_URL and REGULARS_LAKE_URL.",
            "To run everything on this machine use: regulars serve.",
        )
    return settings


@app.command()
def migrate() -> None:
    """Bring both stores to today's schema."""
    with open_house():
        out.print("Both stores are at today's schema.")


@app.command()
def doctor(*, as_json: AsJson = False) -> None:
    """Check this machine, the stores and the product, and say what to do."""
    from regulars.app import doctor as checks

    results = checks.checks(Settings())
    rows = [{"check": c.name, "ok": c.ok, "found": c.found, "advice": c.advice} for c in results]
    show(rows, as_json=as_json)
    if not all(c.ok for c in results):
        raise typer.Exit(1)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, Excel or Parquet.", exists=True, dir_okay=False)],
    mapping: Annotated[Path, typer.Option("--mapping", "-m", help="mapping.yaml.", exists=True, dir_okay=False)],
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be read; write nothing.")] = False,
    brand: BrandId = 1,
    as_json: AsJson = False,
) -> None:
    """Bring a file in through a mapping. Safe to repeat: a half-imported file goes on, a whole one changes nothing."""
    from regulars.app import file_import

    with open_house() as house:
        if preview:
            show(file_import.preview(house, brand, file, mapping), as_json=as_json)
        else:
            show(file_import.run(house, brand, file, mapping, console=None if as_json else err), as_json=as_json)


@app.command()
def query(sql: str, *, as_json: AsJson = False) -> None:
    """Ask the lake in SQL, read-only."""
    with open_ctx(0) as ctx:
        from regulars.infra.lake_query import read_only

        show(read_only(ctx, sql), as_json=as_json)


@segment_app.command("list")
def segment_list(*, brand: BrandId = 1, as_json: AsJson = False) -> None:
    """List the segments of a brand with their counts."""
    from regulars.segments import api as segments

    with open_ctx(brand) as ctx:
        rows = [
            {"id": s.id, "name": s.name, "kind": s.kind, "people": s.people} for s in segments.listed(ctx, limit=1000)
        ]
        show(rows, as_json=as_json)


@segment_app.command("count")
def segment_count(
    which: Annotated[str, typer.Argument(help="A segment's id or name, or a file with a condition (JSON or YAML).")],
    *,
    brand: BrandId = 1,
    as_of: Annotated[str, typer.Option(help="Business day to count at, e.g. 2011-09-10.")] = "",
    as_json: AsJson = False,
) -> None:
    """Count the customers of a segment or a condition, exactly and now."""
    from regulars.app.segment_count import count

    with open_ctx(brand) as ctx:
        show(count(ctx, which, date.fromisoformat(as_of) if as_of else None), as_json=as_json)


@person_app.command("show")
def person_show(
    who: Annotated[
        str, typer.Argument(help="Customer number (uid), or an identifier such as an e-mail or order number.")
    ],
    *,
    brand: BrandId = 1,
    as_json: AsJson = False,
) -> None:
    """Show who a customer is: state, identifiers (masked), latest orders."""
    from regulars.app.person_card import card

    with open_ctx(brand) as ctx:
        found = card(ctx, who)
        if as_json:
            show(found, as_json=True)
        else:
            out.print(yaml.safe_dump(json.loads(json.dumps(found, default=str)), allow_unicode=True, sort_keys=False))


@key_app.command("create")
def api_key_create(
    name: str,
    *,
    brand: BrandId = 1,
    permission: Annotated[list[str] | None, typer.Option(help="Repeatable; default ingest.write.")] = None,
) -> None:
    """Create an API key and print it once."""
    from regulars.workspace import api as workspace

    with open_ctx(brand) as ctx:
        sys.stdout.write(workspace.add_api_key(ctx, name, permission or ["ingest.write"]) + "\n")


@event_app.command("lag")
def events_lag(*, as_json: AsJson = False) -> None:
    """Say how far every consumer of the log is behind, and whether messages are refused for it."""
    from regulars.infra import event_log
    from regulars.ingest import api as ingest

    with open_ctx(0) as ctx:
        rows = [{"consumer": o.consumer, "events": o.events, "age_s": round(o.age_s, 1)} for o in event_log.lag(ctx)]
        refusal = ingest.refusal(ctx)
    show(rows, as_json=as_json)
    if refusal:
        err.print(f"Messages over HTTP are refused: {refusal}", highlight=False)


@event_app.command("parked")
def events_parked(*, consumer: str = "", as_json: AsJson = False) -> None:
    """List the events that a consumer could not take, with the reason."""
    from regulars.infra import event_log

    with open_ctx(0) as ctx:
        rows = [
            {"consumer": p.consumer, "seq": p.event.seq, "type": p.event.type, "at": p.parked_at, "reason": p.reason}
            for p in event_log.parked(ctx, consumer)
        ]
        show(rows, as_json=as_json)


@event_app.command("replay")
def events_replay(consumer: str, seq: int) -> None:
    """Deliver a parked event again, after its cause is mended."""
    from regulars.infra import event_log

    with open_ctx(0) as ctx:
        event_log.replay_parked(ctx, consumer, seq)
    out.print(f"{consumer} took event {seq}.")


@app.command()
def init(  # noqa: PLR0913 - the questions of a first run, each an option
    name: Annotated[str, typer.Option(prompt="Name of the brand")],
    email: Annotated[str, typer.Option(prompt="E-mail of the first administrator")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    *,
    key: Annotated[str, typer.Option(help="Short name of the brand in files and URLs.")] = "main",
    zone: Annotated[str, typer.Option(help="Time zone of its business days.")] = "Asia/Shanghai",
    currency: Annotated[str, typer.Option(help="Its currency, ISO 4217.")] = "CNY",
    brand: BrandId = 1,
) -> None:
    """Begin: make a brand and its first administrator. Again with the same brand id, it changes them."""
    from regulars.workspace import api as workspace
    from regulars.workspace.contract import Brand

    with open_house() as house, house.ctx() as ctx:
        workspace.add_brand(ctx, Brand(brand, key, name, zone, currency))
        workspace.add_user(ctx, email, email.partition("@")[0], password, ["*"])
    out.print(f"{name} is brand {brand}. Start it: regulars serve; connect a shop: regulars api-key create NAME.")


@app.command(name="setup-link")
def setup_link() -> None:
    """Print a new link that makes the first user; earlier ones stop to work."""
    from regulars.workspace import api_login

    settings = Settings()
    with open_house() as house, house.ctx() as ctx:
        token = api_login.setup_token(ctx)
    if token is None:
        raise Conflict("There are users already.", "Ask an administrator for an invitation.")
    out.print(f"{settings.url.rstrip('/') or f'http://{settings.host}:{settings.port}'}/setup#{token}", soft_wrap=True)


PracticeHour = Annotated[bool, typer.Option("--practice", help="An hour of a brand on practice platforms instead.")]
PracticeMinutes = Annotated[float, typer.Option("--minutes", help="How long the practice hour takes.", min=0.5)]


@app.command()
def demo(
    *,
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 0,
    practice: PracticeHour = False,
    minutes: PracticeMinutes = 5.0,
) -> None:
    """Import a real retailer's year of orders, replay a win-back over it, and serve the console."""
    from regulars.app import demo as demonstration
    from regulars.app import practice_demo, supervisor

    settings = Settings()
    if practice:
        practice_demo.show(settings, port or settings.port, minutes, (out, err))
        return
    with open_house() as house:
        login = demonstration.prepare(house, err)
    out.print(f"\n  [bold]http://{settings.host}:{port or settings.port}[/]   {login.email}   {login.password}\n")
    supervisor.serve(settings, host=settings.host, port=port or settings.port, welcome=_welcome)


@app.command(name="demo-check")
def demo_check(*, practice: PracticeHour = False, minutes: PracticeMinutes = 3.0) -> None:
    """Do the same without serving, and print the figures as one JSON object."""
    from regulars.app import demo as demonstration
    from regulars.app import practice_demo

    if practice:
        found = practice_demo.checked(Settings(), minutes, err)
        show(found, as_json=True)
        if not found["agree"]:
            raise typer.Exit(1)
        return
    with open_house() as house:
        demonstration.prepare(house, err)
        show(demonstration.figures(house), as_json=True)


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="Which; without it, a list of them.")] = "",
    *,
    scale: Annotated[str, typer.Option(help="ci, 1m, 10m or max.")] = "1m",
    home: Annotated[Path | None, typer.Option(help="Folder that keeps its data; default: bench in the home.")] = None,
    cases: Annotated[str, typer.Option(help="Only these, separated by commas.")] = "",
    markdown: Annotated[Path | None, typer.Option(help="Put the result into this page.", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Measure this machine: the product beside hand-written queries over the same generated data."""
    from regulars_bench import report, running
    from regulars_bench.contract import Setup

    if not name:
        show([{"bench": key, "measures": one.title} for key, one in running.known().items()], as_json=as_json)
        return
    setup = Setup(
        home=(home or Settings().home_path / "bench").resolve(),
        scale=running.scale_of(scale),
        say=lambda words: err.print(words, highlight=False, soft_wrap=True),
        cases=frozenset(filter(None, cases.split(","))),
    )
    found = running.run(running.find(name), setup)
    if markdown is not None:
        report.into_page(found, markdown)
    if as_json:
        show(found, as_json=True)
    else:
        report.show(found, out)


@person_app.command("suggest")
def suggest(
    file: Annotated[Path, typer.Argument(help="CSV: a column value, and fields to compare.", exists=True)],
    ns: Annotated[str, typer.Option(help="Namespace of the column value, for example customer_id.")],
    *,
    scope: Annotated[str, typer.Option(help="Its scope, for example 1:shop.")] = "",
    least: Annotated[float, typer.Option(help="Probability from which a pair is suggested.", min=0.5, max=1)] = 0.8,
    brand: BrandId = 1,
    as_json: AsJson = False,
) -> None:
    """Put customers who probably are one into the review queue; merges nobody. Needs the extra `science`."""
    from pyarrow import csv

    from regulars.identity import api as identity

    with open_house() as house, house.ctx(brand) as ctx:
        show(
            {"suggestions": identity.suggest(ctx, csv.read_csv(file), ns=ns, scope=scope, least=least)}, as_json=as_json
        )


@app.command()
def openapi() -> None:
    """Print the description of the HTTP API (OpenAPI 3.1)."""
    from regulars.app.asgi import create_app

    sys.stdout.write(json.dumps(create_app().openapi(), ensure_ascii=False, indent=1) + "\n")


@app.command()
def stop() -> None:
    """Stop what serves this home, and its embedded stores."""
    from regulars.app import supervisor

    out.print(supervisor.stop(Settings()))


if __name__ == "__main__":
    main()
