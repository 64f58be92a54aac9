"""As runner.py, over gRPC: the message classes are made from the project's own proto files.

A step's request has `method` and `message` (protobuf JSON, proto names; 64-bit integers as texts) or
`raw` (bytes in hexadecimal); its answer `code`, `message` (status text) and `body` without default values.

    python tests/replay/grpc_runner.py --base 127.0.0.1:6334 --only 'filter/*'      # of build/venv
"""

import argparse
import copy
import pathlib
import re
import sys
import tempfile
import time

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from google.protobuf.message import DecodeError
from grpc_tools import protoc

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import compare  # noqa: E402
import runner  # noqa: E402

PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto"
# What only the wall clock and the hardware decide.
ALWAYS_IGNORED = ["$.time", "$.usage"]


class Messages:
    """Message classes by full name, methods by `package.Service/Method`."""

    def __init__(self):
        self._pool = descriptor_pool.DescriptorPool()
        self._methods = {}
        for folder in ("qdrant", "grpc"):
            for file in self._compiled(PROTO / folder):
                try:
                    self._pool.FindFileByName(file.name)
                except KeyError:
                    self._pool.Add(file)
                for service in file.service:
                    for method in service.method:
                        self._methods[f"{file.package}.{service.name}/{method.name}"] = method

    @staticmethod
    def _compiled(folder):
        with tempfile.NamedTemporaryFile() as out:
            command = ["protoc", f"-I{folder}", f"-I{pathlib.Path(protoc.__file__).parent / '_proto'}",
                       "--include_imports", f"--descriptor_set_out={out.name}", *map(str, sorted(folder.glob("*.proto")))]
            if protoc.main(command) != 0:
                raise RuntimeError(f"{folder} does not compile")
            return descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes()).file

    def method(self, name):
        # The two versions of reflection have the same messages.
        return self._methods.get(name.replace("grpc.reflection.v1alpha.", "grpc.reflection.v1."))

    def encode(self, type_name, value):
        message = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(type_name.lstrip(".")))()
        return json_format.ParseDict(value, message, descriptor_pool=self._pool).SerializeToString(deterministic=True)

    def decode(self, type_name, content):
        kind = message_factory.GetMessageClass(self._pool.FindMessageTypeByName(type_name.lstrip(".")))
        return json_format.MessageToDict(kind.FromString(content), preserving_proto_field_name=True,
                                         descriptor_pool=self._pool)


# ---------------------------------------------------------------- comparing

def _as_http_step(step):
    """The step in the form that compare.py knows: with a limit where a list may have been cut."""
    message = step["request"].get("message")
    limit = message.get("limit") if isinstance(message, dict) else None
    return {**step, "request": {"body": {"limit": int(limit)} if limit is not None else {}},
            "ignore": [*ALWAYS_IGNORED, *step.get("ignore", [])], "words": []}


def _with_scores(body, step):
    """A score of 0 is not on the wire; lists whose ties are looked at need it."""
    body = copy.deepcopy(body)
    for path in step.get("ties", []):
        for container, key in compare.values_at(body, path):
            for item in container[key] if isinstance(container[key], list) else []:
                for hit in item.get("hits", [item]) if isinstance(item, dict) else []:
                    hit.setdefault("score", 0.0)
    return body


def _words(text):
    return sorted(re.findall(r"\w+", text))


def answer_differences(want, got, step):
    differences = []
    if want["code"] != got["code"]:
        differences.append(("code", want["code"], f"{got['code']} {got.get('message', '')}"))
    if step.get("compare") == "status":
        return differences
    w, g = want.get("message", ""), got.get("message", "")
    if (_words(w) != _words(g)) if step.get("words") else w != g:
        differences.append(("message", w, g))
    for name, value in want.get("metadata", {}).items():
        if got.get("metadata", {}).get(name) != value:
            differences.append((f"metadata {name}", value, got.get("metadata", {}).get(name)))
    if "body" in want and "body" in got:
        seen = _as_http_step(step)
        w, g = (compare.in_one_form(_with_scores(a["body"], step), seen) for a in (want, got))
        if step.get("compare") == "shape":
            differences += compare.shape_differences(w, g)
        else:
            differences += compare.full_differences(w, g, step.get("tolerance", 1e-5))
    elif "body" in want or ("body" in got and want["code"] == got["code"]):
        differences.append(("$", want.get("body", compare.NOTHING), got.get("body", compare.NOTHING)))
    return differences


# ---------------------------------------------------------------- running

class GrpcReplay(runner.Replay):
    """Runs one scenario over a channel of its own."""

    def __init__(self, address, messages):
        super().__init__("http://" + address)
        self._messages = messages
        self._channel = grpc.insecure_channel(address, options=[
            ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
            ("grpc.use_local_subchannel_pool", 1)])

    def run(self, scenario):
        try:
            return super().run(scenario)
        finally:
            self._channel.close()

    def _clean_up(self, scenario):
        requests = list(scenario.get("cleanup", []))
        if not scenario.get("needs"):
            requests += [{"method": "qdrant.Collections/Delete", "message": {"collection_name": name}}
                         for name in self.names.generated()]
        for request in requests:
            try:
                self._exchange(request)
            except KeyError:
                pass

    def _call(self, request, method):
        """(code, status text, trailing metadata, answers as bytes)"""
        sends = bool(method and method.client_streaming)
        receives = bool(method and method.server_streaming)
        if "raw" in request:
            parts = [bytes.fromhex(request["raw"])]
        else:
            message = request.get("message", {})
            given = message if sends and isinstance(message, list) else [message]
            parts = [self._messages.encode(method.input_type, self.names.fill(m)) if method else b"" for m in given]
        make = getattr(self._channel, f"{'stream' if sends else 'unary'}_{'stream' if receives else 'unary'}")
        stub = make("/" + request["method"])
        options = {"timeout": request.get("deadline_s", 60),
                   "metadata": [(k.lower(), self.names.fill_text(v)) for k, v in request.get("metadata", {}).items()]}
        if request.get("compression") == "gzip":
            options["compression"] = grpc.Compression.Gzip
        argument = iter(parts) if sends else parts[0]
        try:
            if receives:
                call = stub(argument, **options)
                return "OK", "", list(call), dict(call.trailing_metadata() or ())
            answer, call = stub.with_call(argument, **options)
            return "OK", "", [answer], dict(call.trailing_metadata() or ())
        except grpc.RpcError as error:
            trailing = dict([*(error.initial_metadata() or ()), *(error.trailing_metadata() or ())])
            return error.code().name, error.details() or "", [], trailing

    def _exchange(self, request, wanted_metadata=()):
        request = {**request, "method": self.names.fill_text(request["method"])}
        method = self._messages.method(request["method"])
        code, text, contents, trailing = self._call(request, method)
        answer = {"code": code}
        if code != "OK":
            answer["message"] = text
        if wanted_metadata:
            answer["metadata"] = {name: trailing.get(name) for name in wanted_metadata}
        if code == "OK":
            try:
                bodies = [self._messages.decode(method.output_type, c) for c in contents] if method else []
                answer["body"] = bodies if method and method.server_streaming else (bodies or [None])[0]
            except (DecodeError, json_format.Error, ValueError) as error:
                answer["message"] = f"no {method.output_type}: {error}"
        return answer, b""

    def _poll(self, step):
        poll = step.get("poll")
        deadline = time.monotonic() + (poll or {}).get("timeout_s", 20)
        while True:
            answer, content = self._exchange(step["request"], step.get("metadata", ()))
            if not poll or time.monotonic() > deadline:
                return answer, content
            try:
                if compare.get_at(answer.get("body"), poll["path"]) == poll["equals"]:
                    return answer, content
            except KeyError:
                pass
            time.sleep(runner.POLL_PAUSE_S)

    def _differences(self, step, answer):
        return answer_differences(step["answer"], self.names.hide(answer), step)

    def _wrong_status(self, step, answer):
        return step["answer"]["code"] != answer["code"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", default="qdrant_grpc")
    parser.add_argument("--base", required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--needs")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    messages, tally = Messages(), runner.Tally()
    for name, scenario in runner.load_scenarios(arguments.corpus, arguments.only).items():
        if scenario.get("needs") != arguments.needs:
            continue
        outcomes = GrpcReplay(arguments.base, messages).run(scenario)
        tally.add(name, outcomes)
        runner.print_failures(name, scenario, outcomes, arguments.verbose)
    return runner.print_totals(tally)


if __name__ == "__main__":
    sys.exit(main())
