"""What the README shows is run, so that it stays true."""

import json
import pathlib
import re
import subprocess
import sys

README = (pathlib.Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def on_ports_of(server, text):
    return text.replace("127.0.0.1:6333", f"127.0.0.1:{server.rest}").replace("port=8000", f"port={server.chroma}")


def test_first_requests_and_the_same_through_chroma(server):
    requests = next(block for block in blocks("") if "curl" in block)
    # A command goes on over lines that end with a backslash.
    commands = re.sub(r"\\\n\s*", "", on_ports_of(server, requests)).strip().split("\n")
    answers = [json.loads(subprocess.run(["bash", "-c", command.replace("curl", "curl -sS", 1)], capture_output=True,
                                         check=True, timeout=60).stdout) for command in commands]
    assert [answer["status"] for answer in answers] == ["ok"] * len(commands)
    assert answers[-1]["result"]["points"][0]["payload"] == {"title": "Sextants"}
    program = on_ports_of(server, blocks("python")[0])
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert shown.returncode == 0, shown.stderr
    assert "Sextants" in shown.stdout
