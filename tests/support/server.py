"""Starts the built server for a test, on ports of its own, and stops it by its process id."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ALIDADE_BINARY", ROOT / "build/release/alidade"))
START_TIMEOUT_S = 60


class Server:
    """One running server. `rest`, `grpc` and `chroma` are its ports."""

    def __init__(self, data=None, options=(), environment=None):
        self._own_data = data is None
        self.data = pathlib.Path(data or tempfile.mkdtemp(prefix="alidade-test-"))
        self._options = list(options)
        self._environment = environment or {}
        self.process = None

    def start(self):
        command = [str(BINARY), "serve", "--data", str(self.data / "data"), "--qdrant-port", "0",
                   "--grpc-port", "0", "--chroma-port", "0", *self._options]
        self._log = open(self.data.with_name(self.data.name + ".log"), "ab")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._log, text=True,
            env={**os.environ, **self._environment})
        # Every listener is printed, one a line, before the server waits for its end.
        ports, deadline = {}, time.monotonic() + START_TIMEOUT_S
        while len(ports) < 3 and time.monotonic() < deadline:
            line = self.process.stdout.readline()
            if not line:
                break
            found = re.match(r"(Qdrant REST|Qdrant gRPC|Chroma)\s.*:(\d+)\s*$", line)
            if found:
                ports[found.group(1)] = int(found.group(2))
        if len(ports) < 3:
            self.kill()
            raise RuntimeError(f"the server did not start: {self.log()}")
        self.rest, self.grpc, self.chroma = ports["Qdrant REST"], ports["Qdrant gRPC"], ports["Chroma"]
        return self

    @property
    def rest_url(self):
        return f"http://127.0.0.1:{self.rest}"

    @property
    def chroma_url(self):
        return f"http://127.0.0.1:{self.chroma}"

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        return self.data.with_name(self.data.name + ".log").read_text(errors="replace")[-4000:]

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def wait_ready(self):
        urllib.request.urlopen(self.rest_url + "/readyz", timeout=10).read()

    def kill(self):
        """SIGKILL: what a crash of the process leaves behind."""
        if self.is_alive():
            self.process.send_signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()
            self.process.stdout.close()

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self.process.stdout.close()
        return status

    def remove(self):
        self.kill()
        if self._own_data:
            shutil.rmtree(self.data, ignore_errors=True)
            self.data.with_name(self.data.name + ".log").unlink(missing_ok=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.remove()
