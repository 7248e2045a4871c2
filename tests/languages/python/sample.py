"""The sample guest in Python; what it does is told in tests/languages.rs."""

import json
import os
import time

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import input, log, progress, types, workspace

NAP_SECONDS = 0.05


class Lifecycle(exports.Lifecycle):
    greeting = "hello"

    def initialize(self, config: list[types.Attribute]) -> None:
        for setting in config:
            if setting.key == "greeting":
                Lifecycle.greeting = setting.value

    def execute(self, task: types.Task) -> types.Output:
        if not isinstance(task.kind, (types.TaskKind_Repair, types.TaskKind_Optimize)):
            raise Err(types.AgentError_UnsupportedTask(type(task.kind).__name__))
        log.emit(log.Level.INFO, f"{self.greeting} from Python")
        progress.report("look around", 1, 2)
        job_log = read("/input/job.log")
        said = {
            "language": "Python",
            "inputs": [file.path for file in input.list()],
            "listed": len(workspace.list(None, 1000)),
            "entries": sorted(walk("/workspace")),
            "greet": read("/workspace/greet.txt").decode(),
            "log_bytes": len(job_log),
            "log_sum": sum(job_log) % 2**32,
            "clock_went_on": clocks_go_on(),
            "random": os.urandom(16) != os.urandom(16),
            "write_refused": refused("/workspace/evil.txt", "w"),
            "escape_refused": refused("/workspace/../outside.txt", "r"),
        }
        progress.report("look around", 2, 2)
        return types.Output_Abstained(json.dumps(said))

    def cleanup(self) -> None:
        pass


def read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def walk(root: str) -> list[str]:
    """Every file and directory below, relative to the root."""
    paths = []
    for place, directories, files in os.walk(root):
        for name in directories + files:
            paths.append(os.path.relpath(os.path.join(place, name), root))
    return paths


def clocks_go_on() -> bool:
    wall, monotonic = time.time(), time.monotonic()
    time.sleep(NAP_SECONDS)
    return time.time() > wall and time.monotonic() - monotonic >= NAP_SECONDS


def refused(path: str, mode: str) -> bool:
    try:
        open(path, mode).close()
        return False
    except OSError:
        return True
