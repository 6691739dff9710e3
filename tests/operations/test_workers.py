"""Two real worker processes on one database, in real time."""

import json
import time
from pathlib import Path

from coder_portal import local_portal
from coder_simulator.state import Workspace
from coder_simulator.testing import run_server
from tests.operations.test_killed import is_restarted, killable_processes
from tests.portal import SimulatedCoder, create_token
from tests.server import portal_environment

PATIENCE_S = 60.0


def test_two_workers_share_operation_steps_and_run_each_once(tmp_path: Path) -> None:
    with run_server(version="2.36", world="contract", speed=20) as server:
        coder = SimulatedCoder(server)
        env = portal_environment(coder.url, tmp_path, 9) | {"DJANGO_SETTINGS_MODULE": "coder_portal.settings"}
        several = [coder.place(f"web-{number}") for number in range(6)]
        before = {web.name: len(web.builds) for web in several}
        with killable_processes(coder, env) as processes:
            processes.run("begin", create_token(coder), *(web.id for web in several))
            server.add_fault("delay", path="/workspaces/", seconds=0.2)  # so that there is work for both
            workers = [local_portal.start_worker(env), local_portal.start_worker(env)]
            try:
                wait_until_restarted(several)
            finally:
                local_portal.terminate(workers)
            assert len(json.loads(processes.run("workers")["result"])) == 2
    done = {web.name: [build.transition for build in web.builds[before[web.name] :]] for web in several}
    assert set(map(tuple, done.values())) == {("stop", "start")}


def wait_until_restarted(several: list[Workspace]) -> None:
    """Wait until all of them have restarted."""
    until = time.monotonic() + PATIENCE_S
    while not all(map(is_restarted, several)):
        assert time.monotonic() < until, [web.name for web in several if not is_restarted(web)]
        time.sleep(0.05)
