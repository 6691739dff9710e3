"""Run the portal with a simulated Coder that has users and workspaces to try, and an intranet page that frames it."""

import subprocess
import sys
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from coder_portal import local_portal
from coder_simulator import demo_activity, intranet
from coder_simulator.worlds.demo_people import PEOPLE

INTRANET_WORKSPACE = "alice/web-frontend"
INTRANET_HOSTS = ("127.0.0.1", "localhost")  # the portal's own, and that of another site


class Command(BaseCommand):
    """manage.py demo"""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the ports, the version of Coder and the size of the fleet."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--coder-port", type=int, default=3000)
        parser.add_argument("--intranet-port", type=int, default=8001)
        parser.add_argument("--coder-version", choices=["2.19", "2.36"], default="2.36")
        parser.add_argument("--fleet", type=int, default=0, metavar="N", help="add N workspaces of more people")

    def handle(
        self,
        *args: Any,
        port: int,
        coder_port: int,
        intranet_port: int,
        coder_version: str,
        fleet: int,
        **options: Any,
    ) -> None:
        """Run portal, worker and simulator until Ctrl-C."""
        coder_url = f"http://127.0.0.1:{coder_port}"
        # Each simulated Coder has users of its own.
        database = settings.PRIVATE_FOLDER / f"demo-{coder_port}.sqlite3"
        intranet_urls = [f"http://{host}:{intranet_port}" for host in INTRANET_HOSTS]
        env = {"EMBED_ALLOWED_ORIGINS": ",".join(intranet_urls)} | local_portal.build_environment(coder_url, port)
        env |= {
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
            activity = demo_activity.DemoActivity(coder_url)
            intranet.serve(
                intranet.Intranet(
                    portal_url=env["PORTAL_URL"], workspace=INTRANET_WORKSPACE, template_id=activity.template_id
                ),
                intranet_port,
            )
            activity.start()
            self.print_introduction(env["PORTAL_URL"], coder_url, coder_version, *intranet_urls)
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

    def print_introduction(
        self, portal_url: str, coder_url: str, version: str, intranet_url: str, other_url: str
    ) -> None:
        """Print the URLs and the accounts."""
        world = httpx.get(f"{coder_url}/_control/world", trust_env=False).json()
        self.stdout.write(f"\n  The portal:          {portal_url}\n  A simulated Coder:   {coder_url}  ({version})")
        self.stdout.write(f"  An intranet page:    {intranet_url}  (shows the portal in frames)")
        self.stdout.write(f"  On another site:     {other_url}  (each person allows the frames once)\n")
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
