"""Sends the requests of recorded scenarios to a server and compares the answers with the peer's.

A scenario is one JSON file of steps (see README.md). Used by test_recorded.py, and by hand:

    python3 tests/replay/runner.py --base http://127.0.0.1:6333 --only 'filter/*' qdrant
"""

import argparse
import collections
import copy
import fnmatch
import http.client
import json
import pathlib
import random
import re
import string
import sys
import tarfile
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compare  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_]+)\}")
_POSITION = re.compile(r" at line \d+ column \d+")


def load_scenarios(corpus, only=()):
    """The scenarios of recorded/<corpus>.tar.xz (or of a folder), by name."""
    scenarios = {}
    folder = pathlib.Path(corpus)
    if folder.is_dir():
        texts = ((p.relative_to(folder).as_posix(), p.read_bytes()) for p in sorted(folder.rglob("*.json")))
    else:
        archive = tarfile.open(HERE / "recorded" / f"{corpus}.tar.xz")
        texts = ((m.name.split("/", 1)[1], archive.extractfile(m).read())
                 for m in archive.getmembers() if m.isfile() and m.name.endswith(".json"))
    for name, text in texts:
        name = name.removesuffix(".json")
        if not only or any(fnmatch.fnmatch(name, glob) for glob in only):
            scenarios[name] = json.loads(text)
    return dict(sorted(scenarios.items()))


class Outcome:
    """What became of one step: passed, failed with differences, or blocked by an earlier one."""

    def __init__(self, index, state, differences=()):
        self.index, self.state, self.differences = index, state, list(differences)


class HttpSession:
    """One kept-alive connection."""

    def __init__(self, base):
        self._url = urllib.parse.urlsplit(base)
        self._connection = None

    def send(self, method, path, headers, body):
        for attempt in (0, 1):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=60)
            try:
                self._connection.putrequest(method, path, skip_accept_encoding=True)
                for name, value in headers.items():
                    self._connection.putheader(name, value)
                if body is not None:
                    self._connection.putheader("Content-Length", str(len(body)))
                self._connection.endheaders()
                if body:
                    try:
                        self._connection.send(body)
                    except (BrokenPipeError, ConnectionResetError):
                        pass  # Refused before the body was read: the answer is there.
                response = self._connection.getresponse()
                content = response.read()
                if response.will_close:
                    self.close()
                return response.status, dict((k.lower(), v) for k, v in response.getheaders()), content
            except (http.client.HTTPException, ConnectionError, OSError):
                self.close()
                if attempt:
                    raise

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Replay:
    """Runs one scenario."""

    def __init__(self, base, positions=False):
        self.session = HttpSession(base)
        self.positions = positions
        self.values = {}
        self.saved = {}

    def run(self, scenario):
        outcomes, blocked = [], False
        for index, step in enumerate(scenario["steps"]):
            if blocked:
                outcomes.append(Outcome(index, "blocked"))
                continue
            try:
                status, differences = self._run_step(step)
            except (OSError, http.client.HTTPException, KeyError) as error:
                status, differences = None, [("$", "an answer", repr(error))]
            outcomes.append(Outcome(index, "failed" if differences else "passed", differences))
            if step.get("setup") and status != step["answer"]["status"]:
                blocked = True
            if any(d[0] == "capture" for d in differences):
                blocked = True
        for request in scenario.get("cleanup", []):
            try:
                self._send({"request": request.get("request", request)})
            except (OSError, http.client.HTTPException, KeyError):
                pass
        self._drop_collections(scenario)
        self.session.close()
        return outcomes

    def _drop_collections(self, scenario):
        if scenario.get("face", "").startswith("qdrant"):
            key = {"api-key": "replay-full-key"} if scenario.get("needs") == "keys" else {}
            for name, value in self.values.items():
                if re.fullmatch(r"c\d*", name):
                    try:
                        self.session.send("DELETE", f"/collections/{value}", {"Host": "x", **key}, None)
                    except (OSError, http.client.HTTPException):
                        pass

    def _value(self, name):
        if name not in self.values:
            if not re.fullmatch(r"[a-z]+\d*", name):
                raise KeyError(name)
            # Always 13 characters, so that columns in error texts stay the same.
            self.values[name] = "r" + "".join(random.choices(string.ascii_lowercase + string.digits, k=12))
        return self.values[name]

    def _fill(self, value):
        if isinstance(value, str):
            whole = _PLACEHOLDER.fullmatch(value)
            if whole:
                return self._value(whole.group(1))
            return _PLACEHOLDER.sub(lambda m: str(self._value(m.group(1))), value)
        if isinstance(value, list):
            return [self._fill(item) for item in value]
        if isinstance(value, dict):
            return {self._fill(k): self._fill(v) for k, v in value.items()}
        return value

    def _unfill(self, value):
        """Writes captured values back as placeholders, longest first."""
        if isinstance(value, str):
            for name, captured in sorted(self.values.items(), key=lambda e: -len(str(e[1]))):
                if isinstance(captured, str) and captured:
                    value = value.replace(captured, "${%s}" % name)
            return value
        if isinstance(value, list):
            return [self._unfill(item) for item in value]
        if isinstance(value, dict):
            return {self._unfill(k): self._unfill(v) for k, v in value.items()}
        return value

    def _body(self, request):
        if "body" in request:
            return json.dumps(self._fill(request["body"]), separators=(",", ":"), ensure_ascii=False).encode()
        if "raw" in request:
            return self._fill(request["raw"]).encode("utf-8", "surrogateescape")
        if "repeat" in request:
            repeat = request["repeat"]
            return (self._fill(repeat["prefix"]) + repeat["text"] * repeat["times"]
                    + self._fill(repeat["suffix"])).encode()
        if "multipart" in request:
            return self._multipart(request["multipart"])
        return None

    def _multipart(self, fields):
        parts = []
        for name, field in fields.items():
            content = self.saved.get(field.get("saved"), b"") if "saved" in field else field.get("text", "").encode()
            disposition = f'form-data; name="{name}"'
            if "filename" in field:
                disposition += f'; filename="{field["filename"]}"'
            parts.append(f"--boundary\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n")
        return b"".join(parts) + b"--boundary--\r\n"

    def _send(self, step):
        request = step["request"]
        headers = {"Host": "localhost", "Accept": "*/*"}
        body = self._body(request)
        if body is not None:
            headers["Content-Type"] = ("multipart/form-data; boundary=boundary" if "multipart" in request
                                       else "application/json")
        for name, value in (request.get("headers") or {}).items():
            for known in [k for k in headers if k.lower() == name.lower()]:
                del headers[known]
            if value is not None:
                headers[name] = self._fill(value)
        return self.session.send(request["method"], self._path(request["path"]), headers, body)

    def _path(self, path):
        return _PLACEHOLDER.sub(lambda m: urllib.parse.quote(str(self._value(m.group(1))), safe=""), path)

    def _run_step(self, step):
        poll = step.get("poll")
        deadline = time.monotonic() + (poll["timeout_s"] if poll else 0)
        while True:
            status, headers, content = self._send(step)
            if not poll:
                break
            try:
                if compare.get_at(json.loads(content), poll["path"]) == poll["equals"]:
                    break
            except (ValueError, KeyError):
                pass
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return status, self._judge(step, status, headers, content)

    def _judge(self, step, status, headers, content):
        expected = step["answer"]
        differences = []
        if status != expected["status"]:
            text = content[:300].decode("utf-8", "replace")
            differences.append(("status", expected["status"], f"{status} {text}"))
        body = None
        if content and "json" in headers.get("content-type", ""):
            try:
                body = json.loads(content)
            except ValueError:
                differences.append(("$", "JSON", content[:200]))
        for name, path in (step.get("capture") or {}).items():
            try:
                self.values[name] = compare.get_at(body, path)
            except (KeyError, TypeError):
                differences.append(("capture", path, "not there"))
        if "save" in step:
            self.saved[step["save"]] = content
        if differences or step.get("compare") == "status":
            return differences
        if "content_type" in expected:
            got = headers.get("content-type", "").split(";")[0].strip()
            if got != (expected["content_type"] or "").split(";")[0].strip():
                differences.append(("content-type", expected["content_type"], got))
        for name in step.get("headers", []):
            wanted = (expected.get("headers") or {}).get(name)
            if headers.get(name.lower()) != wanted:
                differences.append((name, wanted, headers.get(name.lower())))
        if "body" in expected:
            differences += self._compare_bodies(step, expected["body"], self._unfill(body))
        elif "text" in expected:
            self._compare_texts(step, expected["text"], self._unfill(content.decode("utf-8", "replace")), differences)
        return differences

    def _compare_bodies(self, step, expected, got):
        expected, got = copy.deepcopy(expected), copy.deepcopy(got)
        for path in step.get("ignore", []):
            for side in (expected, got):
                if isinstance(side, (dict, list)):
                    compare.remove_at(side, path)
        if not self.positions:
            expected, got = _without_positions(expected), _without_positions(got)
        comparison = compare.Comparison(step)
        comparison.compare(expected, got)
        return comparison.differences

    def _compare_texts(self, step, expected, got, differences):
        if step.get("compare") == "shape":
            expected, got = _metric_names(expected), _metric_names(got)
        if not self.positions:
            expected, got = _without_positions(expected), _without_positions(got)
        if expected != got:
            differences.append(("text", expected, got))


def _without_positions(value):
    if isinstance(value, str):
        return _POSITION.sub("", value)
    if isinstance(value, list):
        return [_without_positions(item) for item in value]
    if isinstance(value, dict):
        return {k: _without_positions(v) for k, v in value.items()}
    return value


def _metric_names(text):
    return sorted(line for line in text.splitlines() if line.startswith("# TYPE"))


class Tally:
    """Steps passed and failed, per folder and per scenario."""

    def __init__(self):
        self.folders = collections.defaultdict(lambda: [0, 0])
        self.failing = collections.defaultdict(list)

    def add(self, name, outcomes, wanted=lambda index: True):
        folder = name.split("/")[0]
        for outcome in outcomes:
            if not wanted(outcome.index):
                continue
            passed = outcome.state == "passed"
            self.folders[folder][0 if passed else 1] += 1
            if not passed:
                self.failing[name].append(outcome)

    def share(self, folder):
        passed, failed = self.folders[folder]
        return passed / (passed + failed) if passed + failed else 1.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", help="qdrant, chroma, or a folder of scenario files")
    parser.add_argument("--base", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--face")
    parser.add_argument("--needs")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--positions", action="store_true")
    arguments = parser.parse_args()
    tally = Tally()
    for name, scenario in load_scenarios(arguments.corpus, arguments.only).items():
        if scenario.get("needs") != arguments.needs or arguments.face not in (None, scenario["face"]):
            continue
        outcomes = Replay(arguments.base, arguments.positions).run(scenario)
        tally.add(name, outcomes)
        for outcome in outcomes:
            if outcome.state != "failed":
                continue
            step = scenario["steps"][outcome.index]
            print(f"{name} step {outcome.index}: {step['request']['method']} {step['request']['path']}"
                  f" {step.get('note', '')}")
            if arguments.verbose:
                print("   ", json.dumps(step["request"])[:600])
            for place, expected, got in outcome.differences[: None if arguments.verbose else 2]:
                print(f"    {place}: expected {str(expected)[:300]}\n        got {str(got)[:300]}")
    for folder, (passed, failed) in sorted(tally.folders.items()):
        print(f"{folder:20} {passed:5} passed {failed:5} failed")
    passed = sum(p for p, _ in tally.folders.values())
    failed = sum(f for _, f in tally.folders.values())
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
