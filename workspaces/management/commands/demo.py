"""Run the portal with a simulated Coder that has users and workspaces to try."""

import subprocess
import sys
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from coder_portal import local_portal
from coder_simulator import demo_activity
from coder_simulator.worlds.demo_people import PEOPLE


class Command(BaseCommand):
    """manage.py demo"""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the ports, the version of Coder and the size of the fleet."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--coder-port", type=int, default=3000)
        parser.add_argument("--coder-version", choices=["2.19", "2.36"], default="2.36")
        parser.add_argument("--fleet", type=int, default=0, metavar="N", help="add N workspaces of more people")

    def handle(self, *args: Any, port: int, coder_port: int, coder_version: str, fleet: int, **options: Any) -> None:
        """Run portal, worker and simulator until Ctrl-C."""
        coder_url = f"http://127.0.0.1:{coder_port}"
        # Each simulated Coder has users of its own.
        database = settings.PRIVATE_FOLDER / f"demo-{coder_port}.sqlite3"
        env = local_portal.build_environment(coder_url, port) | {
            "CODER_URL": coder_url,
            "DATABASE_URL": f"sqlite:///{database}",
        }
        coder = subprocess.Popen(
            [sys.executable, "manage.py", *self.simulator_arguments(coder_port, coder_version, fleet)],
            cwd=settings.BASE_DIR,
        )
        started = [coder]
        try:
            local_portal.prepare(env)
            local_portal.wait_until_ready(f"{coder_url}/api/v2/buildinfo", coder)
            portal = local_portal.Service(lambda: local_portal.start_portal(env, port))
            started.append(portal.process)
            local_portal.wait_until_ready(f"{local_portal.listening_address(env, port).origin}/readyz", portal.process)
            demo_activity.DemoActivity(coder_url).start()
            self.print_introduction(env["PORTAL_URL"], coder_url, coder_version)
        except BaseException:
            local_portal.terminate(started)
            raise
        raise SystemExit(
            local_portal.run_until_interrupted(
                [portal, local_portal.Service(lambda: local_portal.start_worker(env))], simulator=coder
            )
        )

    def simulator_arguments(self, port: int, version: str, fleet: int) -> list[str]:
        """Return the arguments of manage.py that start the simulator."""
        world = ["--world", "demo", "--licensed", "--fleet", str(fleet)]
        return ["simulate_coder", "--port", str(port), "--version", version, *world]

    def print_introduction(self, portal_url: str, coder_url: str, version: str) -> None:
        """Print the URLs and the accounts."""
        world = httpx.get(f"{coder_url}/_control/world", trust_env=False).json()
        self.stdout.write(f"\n  The portal:          {portal_url}\n  A simulated Coder:   {coder_url}  ({version})\n")
        accounts = [person for person in world["people"] if person["password"]]
        names = {username for username, *_ in PEOPLE}
        listed = [person for person in accounts if person["username"] in names]
        widest = max(len(person["email"]) for person in listed)
        for person in listed:
            roles = ", ".join(person["roles"]) or "member"
            line = f"{person['email']:<{widest}}  {person['password']}  {person['name']} ({roles})"
            self.stdout.write(f"    {line}")
        if len(accounts) > len(listed):
            self.stdout.write(f"    and {len(accounts) - len(listed)} more people with the same password")
        owner = next(person for person in listed if "owner" in person["roles"])
        self.stdout.write(f"\n  {owner['email']} is an owner and can change all {len(world['workspaces'])} workspaces.")
        self.stdout.write(
            f"\n  Alice's {demo_activity.WORKSPACE_NAME} changes every half minute: watch its page update.\n"
        )
        self.stdout.write("  Press Ctrl-C to stop the portal and the simulated Coder.\n")
