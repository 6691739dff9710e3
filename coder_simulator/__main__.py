"""Run a simulated Coder: `python -m coder_simulator --port 3000 --version 2.36 --world demo`."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from contextlib import suppress

from coder_simulator.app import create_app
from coder_simulator.uvicorn_server import StreamClosingServer


def create_parser() -> ArgumentParser:
    """Return the parser of the command line."""
    parser = ArgumentParser(prog="python -m coder_simulator", description="Run a simulated Coder server, in memory.")
    parser.add_argument("--version", choices=["2.19", "2.36"], default="2.36", help="the version of Coder")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=3000, help="the port to listen on")
    parser.add_argument("--world", choices=["demo", "contract", "hostile"], default="demo", help="the initial data")
    parser.add_argument("--speed", type=float, default=1.0, help="factor by which jobs and agents are faster")
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="delay of each response, in ms")
    parser.add_argument("--licensed", action="store_true", help="enable the features that need a license")
    parser.add_argument("--workspaces", type=int, default=0, metavar="N", help="add N generated workspaces")
    parser.add_argument("--fleet", type=int, default=0, metavar="N", help="add a fleet of N to the demo world")
    parser.add_argument("--rate-limit", action="store_true", help="reject excess requests")
    parser.add_argument("--trust-proxy", action="store_true", help="count requests by X-Forwarded-For (2.19)")
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve in the foreground until interrupted."""
    parser = create_parser()
    options = parser.parse_args(arguments)
    if options.fleet and options.world != "demo":
        parser.error("--fleet needs the demo world")
    app = create_app(
        version=options.version,
        world=options.world,
        speed=options.speed,
        latency_ms=options.latency,
        licensed=options.licensed,
        workspaces=options.workspaces,
        fleet=options.fleet,
        rate_limit=options.rate_limit,
        trust_proxy=options.trust_proxy,
    )
    sys.stdout.write(f"Serving a simulated Coder {options.version} at http://{options.host}:{options.port}\n")
    sys.stdout.flush()
    with suppress(KeyboardInterrupt):  # Ctrl-C: uvicorn raises it again after it has stopped
        StreamClosingServer(app, host=options.host, port=options.port).run()


if __name__ == "__main__":
    main()
