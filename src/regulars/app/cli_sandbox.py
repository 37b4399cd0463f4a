"""The sandbox on the command line: serve the stand-ins, and hold both sides against the published vectors."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from regulars.core.errors import BadInput

if TYPE_CHECKING:
    from regulars_sandbox.scenario import Scenario, Verbs

sandbox_app = typer.Typer(help="Stand-ins for the outside platforms.", invoke_without_command=True)


@sandbox_app.callback()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8900,
    seed: Annotated[int, typer.Option(help="Of the made-up people and goods.")] = 1,
    scenario: Annotated[str, typer.Option(help="What happens: a name (regulars sandbox scenarios) or a file.")] = "",
    minutes: Annotated[float, typer.Option(help="How long the scenario takes, in real time.", min=0.1)] = 5.0,
) -> None:
    """Serve the stand-ins until stopped; the page at / shows every call.

    A scenario begins with the first call that is made here.
    """
    if context.invoked_subcommand is not None:
        return
    import uvicorn

    from regulars_sandbox.app import Sandbox, create
    from regulars_sandbox.playing import Play

    house = Sandbox(seed=seed)
    one = _scenario(scenario, house.verbs()) if scenario else None
    play = Play(one, one.lasts.total_seconds() / 60 / minutes) if one else None
    sys.stderr.write(f"Sandbox: http://{host}:{port}\n")
    uvicorn.run(create(house, play), host=host, port=port, log_level="warning")


@sandbox_app.command()
def scenarios(
    file: Annotated[str, typer.Argument(help="Read this one and say what is in it, or what is wrong.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the scenarios that can be played, or check one of one's own."""
    from regulars_sandbox import scenario as language
    from regulars_sandbox.app import Sandbox

    verbs = Sandbox().verbs()
    rows: list[dict[str, Any]] = []
    for name in [file] if file else language.shipped():
        one = _scenario(name, verbs)
        happens = sum(step.turns(one.lasts) for step in one.steps)
        lasts_s = int(one.lasts.total_seconds())
        rows.append({"scenario": name, "name": one.name, "lasts_s": lasts_s, "happens": happens, "about": one.about})
    if as_json:
        sys.stdout.write(json.dumps({"scenarios": rows}, ensure_ascii=False, indent=2) + "\n")
        return
    for one in rows:
        sys.stdout.write(f"{one['scenario']:22} {one['name']} ({one['lasts_s'] // 60} min, {one['happens']} acts)\n")
        sys.stdout.write("".join(f"    {line}\n" for line in one["about"].splitlines()))


def _scenario(name: str, verbs: Verbs) -> Scenario:
    from regulars_sandbox import scenario as language

    try:
        return language.read(language.find(name), verbs)
    except ValueError as error:
        raise BadInput(f"The scenario {name} cannot be read: {error}.", "docs/practice.md has the language.") from error


@sandbox_app.command()
def vectors(*, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Hold the clients and the stand-ins, which share no code, against the platforms' published test vectors."""
    found = checked_vectors()
    if as_json:
        sys.stdout.write(json.dumps({"vectors": found}, ensure_ascii=False, indent=2) + "\n")
    else:
        for one in found:
            marks = " ".join(f"{side} {'ok' if one[f'{side}_ok'] else 'WRONG'}" for side in ("client", "sandbox"))
            sys.stdout.write(f"{one['platform']:9} {one['name']:40} {marks}\n")
    if not all(one["client_ok"] and one["sandbox_ok"] for one in found):
        raise typer.Exit(1)


def checked_vectors() -> list[dict[str, Any]]:
    """Return every vector with what became of it on both sides: platform, name, expected, client_ok, sandbox_ok."""
    from regulars.platforms.api import platform_kinds
    from regulars_sandbox import vectors as published
    from regulars_sandbox.app import Sandbox

    stands = Sandbox().stands
    found: list[dict[str, Any]] = []
    for one in published.read():
        client = platform_kinds().get(one.platform)().vector(one.name, one.given)
        found.append(
            {
                "platform": one.platform,
                "name": one.name,
                "expected": one.expected,
                "client_ok": client == one.expected,
                "sandbox_ok": stands[one.platform].vector(one.name, one.given) == one.expected,
                "source": one.source,
            }
        )
    return found
