"""Writes tests/compat/NAME.tar.gz (the data folder) and NAME.json.gz (its answers) with the program under test."""

import gzip
import json
import pathlib
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import fixture  # noqa: E402
from support.server import Server  # noqa: E402


def main(name):
    archive = HERE / f"{name}.tar.gz"
    if archive.exists():
        sys.exit(f"{archive} is there; a fixture is never written anew")
    with tempfile.TemporaryDirectory() as place:
        server = Server(data=place).start()

        def restart(running):
            assert running.stop() == 0
            return Server(data=place).start()

        server = fixture.fill(server, restart)
        found = fixture.answers(server)
        server.kill()
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(pathlib.Path(place) / "data", "data",
                    filter=lambda entry: None if entry.name.endswith("/LOCK") else entry)
    text = json.dumps(found, sort_keys=True, separators=(",", ":"))
    with gzip.open(HERE / f"{name}.json.gz", "wt") as out:
        out.write(text)


if __name__ == "__main__":
    main(sys.argv[1])
