"""Sends the requests of recorded scenarios to a server and compares the answers with the peer's.

A scenario is one JSON file of steps (see README.md). Used by test_recorded.py, and by hand:

    python3 tests/replay/runner.py --base http://127.0.0.1:6333 --only 'filter/*' qdrant
"""

import argparse
import collections
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
POLL_PAUSE_S = 0.05
BINARY_TYPES = ("application/octet-stream", "application/x-tar", "application/tar")
# What removes the collections that a scenario may have left behind.
_DROP = {"qdrant_rest": "/collections/{}",
         "chroma_v2": "/api/v2/tenants/default_tenant/databases/default_database/collections/{}",
         "chroma_v1": "/api/v1/collections/{}"}


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
        """(status, headers with lower-case names, bytes); once more when a kept connection was stale."""
        path = urllib.parse.quote(path, safe="/%?&=+:;,@!$'()*~#[]|<>\"\\^`{}")
        for last_try in (False, True):
            fresh = self._connection is None
            if fresh:
                self._connection = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=60)
            try:
                self._connection.request(method, path, body=body, headers=headers)
                response = self._connection.getresponse()
                return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
            except (http.client.HTTPException, OSError):
                self.close()
                if fresh or last_try:
                    raise

    def close(self):
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Names:
    """The values of ${…}: collection names made for this run, and captured parts of answers."""

    _PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
    _GENERATED = re.compile(r"c\d*")

    def __init__(self):
        self.values = {}

    def get(self, name):
        if name not in self.values:
            if not self._GENERATED.fullmatch(name):
                raise KeyError(name)
            # Always 13 characters, so that columns in error texts stay the same.
            self.values[name] = "rp_" + "".join(random.choices(string.ascii_lowercase + string.digits, k=10))
        return self.values[name]

    def generated(self):
        return [value for name, value in self.values.items() if self._GENERATED.fullmatch(name)]

    def fill_text(self, text):
        return self._PLACEHOLDER.sub(lambda m: str(self.get(m.group(1))), text)

    def fill(self, value):
        """A string that is one placeholder alone takes the type of its value."""
        if isinstance(value, str):
            whole = self._PLACEHOLDER.fullmatch(value)
            return self.get(whole.group(1)) if whole else self.fill_text(value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {self.fill_text(k): self.fill(v) for k, v in value.items()}
        return value

    def hide(self, value):
        """Writes values back as placeholders, longest first; short ones could stand for anything."""
        if isinstance(value, str):
            known = [(k, v) for k, v in self.values.items() if isinstance(v, str) and len(v) >= 8]
            for name, text in sorted(known, key=lambda entry: -len(entry[1])):
                value = value.replace(text, "${%s}" % name)
            return value
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**9:
            return next(("${%s}" % k for k, v in self.values.items() if v == value), value)
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        if isinstance(value, dict):
            return {self.hide(k): self.hide(v) for k, v in value.items()}
        return value


def multipart(fields, saved):
    boundary = "recorded-answers-boundary"
    content = b""
    for name, field in fields.items():
        disposition = f'form-data; name="{name}"'
        if "filename" in field:
            disposition += f'; filename="{field["filename"]}"'
        part = saved[field["saved"]] if "saved" in field else field["text"].encode()
        content += (f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
                    "Content-Type: application/octet-stream\r\n\r\n").encode() + part + b"\r\n"
    return f"multipart/form-data; boundary={boundary}", content + f"--{boundary}--\r\n".encode()


def read_answer(status, headers, content, wanted_headers):
    """The answer in the form in which it is recorded."""
    answer = {"status": status, "content_type": headers.get("content-type")}
    if wanted_headers:
        answer["headers"] = {name: headers.get(name.lower()) for name in wanted_headers}
    kind = compare.media_type(answer["content_type"])
    if kind.endswith("json"):
        try:
            answer["body"] = json.loads(content)
            return answer
        except ValueError:
            pass
    try:
        if kind not in BINARY_TYPES:
            answer["text"] = content.decode()
    except UnicodeDecodeError:
        pass
    return answer


class Replay:
    """Runs one scenario."""

    def __init__(self, base, positions=False):
        self.session = HttpSession(base)
        self.positions = positions
        self.names = Names()
        self.saved = {}

    def run(self, scenario):
        outcomes, blocked = [], False
        for index, step in enumerate(scenario["steps"]):
            if blocked:
                outcomes.append(Outcome(index, "blocked"))
                continue
            try:
                differences, blocked = self._run_step(step)
            except KeyError as error:
                # A value that an earlier step should have brought: blocks this step alone.
                outcomes.append(Outcome(index, "blocked", [("placeholder", str(error), compare.NOTHING)]))
                continue
            outcomes.append(Outcome(index, "failed" if differences else "passed", differences))
        self._clean_up(scenario)
        self.session.close()
        return outcomes

    def _clean_up(self, scenario):
        requests = list(scenario.get("cleanup", []))
        path = _DROP.get(scenario["face"])
        if path:
            key = {"headers": {"api-key": "replay-full-key"}} if scenario.get("needs") == "keys" else {}
            requests += [{"method": "DELETE", "path": path.format(name), **key} for name in self.names.generated()]
        for request in requests:
            try:
                self._exchange(request)
            except KeyError:
                pass

    def _request_body(self, request, headers):
        if "multipart" in request:
            headers["content-type"], body = multipart(request["multipart"], self.saved)
            return body
        headers["content-type"] = "application/json"
        if "body" in request:
            return json.dumps(self.names.fill(request["body"]), separators=(",", ":"), ensure_ascii=False).encode()
        if "raw" in request:
            return self.names.fill_text(request["raw"]).encode()
        if "repeat" in request:
            repeat = request["repeat"]
            return (self.names.fill_text(repeat.get("prefix", "")) + repeat["text"] * repeat["times"]
                    + self.names.fill_text(repeat.get("suffix", ""))).encode()
        del headers["content-type"]
        return None

    def _exchange(self, request, wanted_headers=()):
        """(the answer, its bytes)"""
        headers = {}
        body = self._request_body(request, headers)
        for name, value in (request.get("headers") or {}).items():
            headers.pop(name.lower(), None)
            if value is not None:
                headers[name.lower()] = self.names.fill_text(value)
        path = self.names.fill_text(request["path"])
        try:
            status, answer_headers, content = self.session.send(request["method"], path, headers, body)
        except (http.client.HTTPException, OSError) as error:
            return {"status": 0, "content_type": None, "text": f"no answer: {error!r}"}, b""
        return read_answer(status, answer_headers, content, wanted_headers), content

    def _poll(self, step):
        """Sends until the part of the answer that is waited for is there, or its time is over."""
        poll = step.get("poll")
        deadline = time.monotonic() + (poll or {}).get("timeout_s", 20)
        while True:
            answer, content = self._exchange(step["request"], step.get("headers", ()))
            if not poll or time.monotonic() > deadline:
                return answer, content
            try:
                if compare.get_at(answer.get("body"), poll["path"]) == poll["equals"]:
                    return answer, content
            except KeyError:
                pass
            time.sleep(POLL_PAUSE_S)

    def _run_step(self, step):
        """(differences, whether the rest is blocked)"""
        answer, content = self._poll(step)
        captured = True
        for name, path in step.get("capture", {}).items():
            try:
                self.names.values[name] = compare.get_at(answer.get("body"), path)
            except KeyError:
                captured = False
        if "save" in step:
            self.saved[step["save"]] = content
        differences = self._differences(step, answer)
        blocks = not captured or (self._wrong_status(step, answer) and bool(step.get("setup") or step.get("capture")))
        if not captured and not differences:
            differences = [("capture", "a value", compare.NOTHING)]
        return differences, blocks

    def _differences(self, step, answer):
        return compare.answer_differences(step["answer"], self.names.hide(answer), step, self.positions)

    def _wrong_status(self, step, answer):
        return step["answer"]["status"] != answer["status"]


class Tally:
    """Steps passed and failed, per folder and per scenario."""

    def __init__(self):
        self.folders = collections.defaultdict(lambda: [0, 0])
        self.failing = collections.defaultdict(list)

    def add(self, name, outcomes):
        folder = name.split("/")[0]
        for outcome in outcomes:
            passed = outcome.state == "passed"
            self.folders[folder][0 if passed else 1] += 1
            if not passed:
                self.failing[name].append(outcome)

    def share(self, folder):
        passed, failed = self.folders[folder]
        return passed / (passed + failed) if passed + failed else 1.0

    def totals(self):
        return tuple(sum(counts[i] for counts in self.folders.values()) for i in (0, 1))


def print_failures(name, scenario, outcomes, verbose):
    for outcome in outcomes:
        if outcome.state != "failed":
            continue
        step = scenario["steps"][outcome.index]
        print(f"{name} step {outcome.index}: {step['request']['method']} {step['request'].get('path', '')}"
              f" {step.get('note', '')}")
        if verbose:
            print("   ", json.dumps(step["request"])[:2000])
        for place, expected, got in outcome.differences[: None if verbose else 2]:
            print(f"    {place}: expected {str(expected)[:300]}\n        got {str(got)[:300]}")


def print_totals(tally):
    """@return the exit status"""
    for folder, (passed, failed) in sorted(tally.folders.items()):
        print(f"{folder:20} {passed:5} passed {failed:5} failed")
    passed, failed = tally.totals()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


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
        print_failures(name, scenario, outcomes, arguments.verbose)
    return print_totals(tally)


if __name__ == "__main__":
    sys.exit(main())
