"""Run a simulated Coder: `manage.py simulate_coder --port 3000 --version 2.36 --world demo`."""

from argparse import ArgumentParser
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workspaces.simulator.app import create_app
from workspaces.simulator.serving import StreamEndingServer


class Command(BaseCommand):
    """Serve the simulated Coder in the foreground until it is interrupted."""

    help = "Run a simulated Coder server, in memory."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Make a parser in which `--version` is Coder's, not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--version", choices=["2.19", "2.36"], default="2.36", help="which Coder it is")
        parser.add_argument("--host", default="127.0.0.1", help="the address it listens on")
        parser.add_argument("--port", type=int, default=3000, help="the port it listens on")
        parser.add_argument("--world", choices=["demo", "contract"], default="demo", help="what it begins with")
        parser.add_argument("--speed", type=float, default=1.0, help="how many times faster jobs and agents go")
        parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="delay of each answer, in ms")
        parser.add_argument("--licensed", action="store_true", help="grant what a licence grants")
        parser.add_argument("--workspaces", type=int, default=0, metavar="N", help="add so many generated ones")
        parser.add_argument("--rate-limit", action="store_true", help="refuse too many requests in a minute")
        parser.add_argument("--trust-proxy", action="store_true", help="count by X-Forwarded-For (2.19)")

    def handle(self, *_args: str, **options: Any) -> None:
        """Serve."""
        app = create_app(
            version=options["version"],
            world=options["world"],
            speed=options["speed"],
            latency_ms=options["latency"],
            licensed=options["licensed"],
            workspaces=options["workspaces"],
            rate_limit=options["rate_limit"],
            trust_proxy=options["trust_proxy"],
        )
        address = f"http://{options['host']}:{options['port']}"
        self.stdout.write(f"A simulated Coder {options['version']} answers at {address}")
        with suppress(KeyboardInterrupt):  # Ctrl-C, which uvicorn passes on once it has stopped
            StreamEndingServer(app, host=options["host"], port=options["port"]).run()
