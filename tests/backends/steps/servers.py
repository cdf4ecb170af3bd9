"""Programs that run beside the test, on loopback. Commands go in; running servers come out, and are ended with the run."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from .checks import Unavailable

# Loopback is asked directly, whatever proxy the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_port():
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def request(url, body=None, headers=None, method=None, timeout=30):
    """The bytes of an answer."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json", **(headers or {})}
    sent = urllib.request.Request(url, data=data, headers=headers, method=method)
    with OPENER.open(sent, timeout=timeout) as answer:
        return answer.read()


def get(url, body=None, headers=None):
    """The JSON of an answer; with a body it is a POST."""
    return json.loads(request(url, body, headers))


class Server:
    """A program that answers at `url` while it runs."""

    def __init__(self, name, command, url, folder, ready="/", env=None, seconds=180):
        self.name, self.url = name, url
        self.log = folder / f"{name}.log"
        environment = {**os.environ, **(env or {})}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=folder,
                start_new_session=True,
            )
        end = time.monotonic() + seconds
        while not self.answers(ready):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Unavailable(f"{name} does not start; its output is in {self.log}")
            time.sleep(0.3)

    def answers(self, path):
        """Whether anything comes back, be it an error."""
        try:
            request(self.url + path, timeout=5)
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False
        return True

    def stop(self):
        """Ends the program and what it started, which has a process group of its own."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, how)
            except ProcessLookupError:
                return
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
