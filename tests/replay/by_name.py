"""Replays the recorded scenarios of a name against a server of its own and shows every difference.

    build/venv/bin/python tests/replay/by_name.py filter/geo         those of all corpora whose name begins so
    build/venv/bin/python tests/replay/by_name.py 'filter/*_1'       or matches the pattern

Ends with 1 when a step is answered otherwise than recorded, and with 2 when nothing has that name.
"""

import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import out_of_date  # noqa: E402
import runner  # noqa: E402
from support.server import Server  # noqa: E402

KEYS = {"QDRANT__SERVICE__API_KEY": "replay-full-key", "QDRANT__SERVICE__READ_ONLY_API_KEY": "replay-read-key",
        "QDRANT__SERVICE__JWT_RBAC": "true"}
SMALL = 'allow_reset: true\nmax_payload_size_bytes: 4096\ncors_allow_origins: ["http://app.example"]\n'


def server_for(needs, folder):
    """A server set up as the scenarios need it."""
    if needs is None:
        return Server()
    if needs == "keys":
        return Server(environment=KEYS)
    if needs == "chroma_small":
        config = pathlib.Path(folder) / "chroma.yaml"
        config.write_text(SMALL)
        return Server(options=["--config", str(config)])
    return None


def replayer(corpus, scenario, server):
    if corpus == "qdrant_grpc":
        import grpc_runner
        return grpc_runner.GrpcReplay(f"127.0.0.1:{server.grpc}", grpc_runner.Messages()) if server.grpc else None
    if scenario["face"] == "qdrant_rest":
        return runner.Replay(server.rest_url)
    return runner.Replay(server.chroma_url) if scenario["face"] == "chroma_v2" else None


def run(corpus, name, scenario, server, tally):
    replay = replayer(corpus, scenario, server)
    if replay is None:
        print(f"{corpus} {name}: left out, this server has no face {scenario['face']}")
        return
    outcomes = out_of_date.settle(corpus, name, replay.run(scenario))
    tally.add(name, outcomes)
    wrong = sum(outcome.state != "passed" for outcome in outcomes)
    print(f"{corpus} {name}: {len(outcomes) - wrong} of {len(outcomes)} steps as recorded")
    runner.print_failures(name, scenario, outcomes, verbose=True)


def main(patterns):
    patterns = [pattern if "*" in pattern else pattern + "*" for pattern in patterns]
    chosen = [(scenario.get("needs"), corpus, name, scenario) for corpus in ("qdrant", "qdrant_grpc", "chroma")
              for name, scenario in runner.load_scenarios(corpus, patterns).items()]
    if not chosen:
        print(f"no recorded scenario is called {' or '.join(patterns)}")
        return 2
    tally = runner.Tally()
    with tempfile.TemporaryDirectory() as folder:
        for needs in sorted({needs for needs, *_ in chosen}, key=str):
            prepared = server_for(needs, folder)
            if prepared is None:
                print(f"left out: scenarios that need {needs}")
                continue
            with prepared as server:
                for wanted, corpus, name, scenario in chosen:
                    if wanted == needs:
                        run(corpus, name, scenario, server, tally)
    return runner.print_totals(tally)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
