"""Replays the peers' recorded answers against the built server.

Folders with a bar must reach it, counted over the steps that need only what this release serves;
what every folder reaches is printed at the end, with the names of the scenarios that do not pass.
"""

import json
import os
import pathlib
import re
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import by_name  # noqa: E402
import out_of_date  # noqa: E402
import runner  # noqa: E402
from support.server import Server  # noqa: E402

QDRANT_BARS = {folder: 0.99 for folder in
               ("aliases", "batch", "bm25", "collections", "count", "facet", "filter", "formula", "legacy", "multivector",
                "payload", "points", "query", "scroll", "sparse", "vectors")} | {"fidelity": 0.95}

# A scenario that holds one of these needs a feature that is still to come: sparse and multi
# vectors, inference, quantization. Found in the requests themselves, so that no list is kept.
_FUTURE = re.compile(r'"(sparse_vectors|multivector_config|quantization_config|indices)"|"model":"|datatype"')


def needs_future_features(scenario):
    return bool(_FUTURE.search(json.dumps([s["request"] for s in scenario["steps"]], separators=(",", ":"))))


def report(title, tally):
    lines = [f"\n{title}"]
    for folder, (passed, failed) in sorted(tally.folders.items()):
        lines.append(f"  {folder:20} {passed:5} of {passed + failed:5} steps")
    if tally.failing:
        lines.append("  scenarios that do not pass yet (failed steps):")
        lines += [f"    {name} ({len(outcomes)})" for name, outcomes in sorted(tally.failing.items())]
    passed, failed = tally.totals()
    lines.append(f"  steps: {passed} as recorded, {failed} otherwise")
    print("\n".join(lines))
    # Where the tests run beside each other nobody sees what they print.
    if (folder := os.environ.get("ALIDADE_REPORTS")) is not None:
        (pathlib.Path(folder) / f"{title}.txt").write_text("\n".join(lines) + "\n")


def replay(base, corpus, face, needs=None):
    """Two tallies: of everything, and of the scenarios that need only present features."""
    everything, present = runner.Tally(), runner.Tally()
    for name, scenario in runner.load_scenarios(corpus).items():
        if scenario["face"] != face or scenario.get("needs") != needs:
            continue
        outcomes = out_of_date.settle(corpus, name, runner.Replay(base).run(scenario))
        everything.add(name, outcomes)
        if not needs_future_features(scenario):
            present.add(name, outcomes)
    return everything, present


def replay_grpc(address, needs=None):
    import grpc_runner
    messages, everything = grpc_runner.Messages(), runner.Tally()
    for name, scenario in runner.load_scenarios("qdrant_grpc").items():
        if scenario.get("needs") == needs:
            outcomes = grpc_runner.GrpcReplay(address, messages).run(scenario)
            everything.add(name, out_of_date.settle("qdrant_grpc", name, outcomes))
    return everything


def check_bars(present, bars):
    below = {folder: round(present.share(folder), 4) for folder, bar in bars.items()
             if present.share(folder) < bar}
    assert not below, f"below their bar: {below}"


def test_qdrant_rest(capsys):
    with Server() as server:
        everything, present = replay(server.rest_url, "qdrant", "qdrant_rest")
        assert server.is_alive(), server.log()
    with capsys.disabled():
        report("Qdrant REST, recorded from 1.19", everything)
    check_bars(present, QDRANT_BARS)


def test_qdrant_rest_with_keys(capsys):
    with Server(environment=by_name.KEYS) as server:
        everything, present = replay(server.rest_url, "qdrant", "qdrant_rest", needs="keys")
        assert server.is_alive(), server.log()
    with capsys.disabled():
        report("Qdrant REST with keys", everything)
    assert present.folders["keys"][0] > 0


def test_qdrant_grpc(capsys):
    """No bar yet: what it reaches is printed."""
    with Server() as server:
        if server.grpc is None:
            pytest.skip("built without gRPC")
        everything = replay_grpc(f"127.0.0.1:{server.grpc}")
        assert server.is_alive(), server.log()
    with capsys.disabled():
        report("Qdrant gRPC, recorded from 1.19", everything)


def test_chroma_v2(capsys):
    with Server() as server:
        everything, present = replay(server.chroma_url, "chroma", "chroma_v2")
        assert server.is_alive(), server.log()
    with capsys.disabled():
        report("Chroma v2, recorded from 1.5.9", everything)
    check_bars(present, {folder: 0.95 for folder in present.folders})


def test_chroma_small(tmp_path, capsys):
    config = tmp_path / "chroma.yaml"
    config.write_text(by_name.SMALL)
    with Server(options=["--config", str(config)]) as server:
        everything, _ = replay(server.chroma_url, "chroma", "chroma_v2", needs="chroma_small")
        assert server.is_alive(), server.log()
    with capsys.disabled():
        report("Chroma v2, small limits", everything)
    assert everything.folders["http_small"][0] > 0


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-q"]))
