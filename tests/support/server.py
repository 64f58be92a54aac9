"""Starts the built server for a test, on ports of its own, and stops it by its process id."""

import http.client
import os
import pathlib
import re
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ALIDADE_BINARY", ROOT / "build/release/alidade")).resolve()
# For builds with ALD_BUILD_GRPC=OFF and for TSan; tests that need gRPC are skipped.
WITHOUT_GRPC = os.environ.get("ALIDADE_WITHOUT_GRPC") == "1"
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 120
_LISTENER = re.compile(r"(Qdrant REST|Qdrant gRPC|Chroma)\s.*:(\d+)\s*$")


class StartError(RuntimeError):
    """The server ended, or said nothing, before it listened. `status` is its exit status."""

    def __init__(self, status, log):
        super().__init__(f"the server did not start (exit status {status}):\n{log}")
        self.status, self.log = status, log


class Server:
    """One running server. `rest`, `grpc` and `chroma` are its ports (None = no such listener)."""

    def __init__(self, data=None, options=(), environment=None, ports=("0", "0", "0")):
        self._own_folder = data is None
        self.folder = pathlib.Path(data or tempfile.mkdtemp(prefix="alidade-test-"))
        self._options = [str(option) for option in options]
        self._environment = environment or {}
        self._ports = [str(port) for port in ports]
        if WITHOUT_GRPC:
            self._ports[1] = "off"
        self.process = None
        self.rest = self.grpc = self.chroma = None

    @property
    def data(self):
        return self.folder / "data"

    def command(self):
        rest, grpc, chroma = self._ports
        return [str(BINARY), "serve", "--data", str(self.data), "--qdrant-port", rest,
                "--grpc-port", grpc, "--chroma-port", chroma, *self._options]

    def start(self, wait_ready=True):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=log,
                                            env={**os.environ, **self._environment})
        ports = self._read_ports(sum(port != "off" for port in self._ports))
        self.rest, self.grpc, self.chroma = (
            ports.get(name) for name in ("Qdrant REST", "Qdrant gRPC", "Chroma"))
        if wait_ready:
            self.wait_ready()
        return self

    def _read_ports(self, wanted):
        """Every listener is printed, one a line, once all of them listen; collections may still be
        opening then."""
        ports, text, deadline = {}, b"", time.monotonic() + START_TIMEOUT_S
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while len(ports) < wanted:
                ready = selector.select(max(0, deadline - time.monotonic()))
                chunk = os.read(self.process.stdout.fileno(), 4096) if ready else b""
                if not chunk:
                    self.kill()
                    raise StartError(self.process.returncode, self.log())
                text += chunk
                for line in text.decode(errors="replace").splitlines():
                    found = _LISTENER.match(line)
                    if found:
                        ports[found.group(1)] = int(found.group(2))
        return ports

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
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def readiness(self):
        """Status and text of the readiness route of whichever HTTP listener there is."""
        url = (self.rest_url + "/readyz" if self.rest else self.chroma_url + "/api/v2/healthcheck")
        try:
            with urllib.request.urlopen(url, timeout=START_TIMEOUT_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def wait_ready(self):
        """Returns when all collections are open."""
        if not (self.rest or self.chroma):
            return
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                status, text = self.readiness()
            except (OSError, http.client.HTTPException) as error:
                # It died while it opened its collections. One that lives on would be another matter.
                try:
                    status = self.process.wait(timeout=STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    raise error from None
                self._reap()
                raise StartError(status, self.log()) from error
            if status == 200:
                return
            if time.monotonic() > deadline:
                self.kill()
                raise StartError(None, f"not ready: {text}\n{self.log()}")
            time.sleep(0.005)

    def kill(self):
        """SIGKILL: what a crash of the process leaves behind."""
        if self.is_alive():
            self.process.send_signal(signal.SIGKILL)
        self._reap()

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.is_alive():
            self.process.send_signal(signal.SIGTERM)
        return self._reap()

    def _reap(self):
        if self.process is None:
            return None
        status = self.process.wait(timeout=STOP_TIMEOUT_S)
        self.process.stdout.close()
        return status

    def remove(self):
        self.kill()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, *_):
        self.remove()


def run_program(*arguments, environment=None, timeout=60):
    """Runs the program to its end, for `check`, `--version` and refusals to start."""
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, env={**os.environ, **(environment or {})})
