"""The installed package: a project of somebody else finds it, builds against it, and asks a server."""

import os
import re
import shutil
import subprocess

import pytest

from support.built import needs
from support.server import BINARY, ROOT

CONSUMER = ROOT / "tests/client_cpp/consumer"
CONSUMER_EMBEDDED = ROOT / "tests/client_cpp/consumer_embedded"
CONSUMER_GRPC = ROOT / "tests/client_cpp/consumer_grpc"
BUILD = BINARY.parent


def command(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """The client, installed in a folder of its own."""
    folder = tmp_path_factory.mktemp("installed")
    command("cmake", "--install", BUILD, "--component", "client_dev", "--prefix", folder)
    return folder


def libraries(prefix):
    return next(path.parent for path in prefix.rglob("libalidade_core.*"))


def test_find_package(prefix, server, tmp_path):
    command("cmake", "-G", "Ninja", "-S", CONSUMER, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}")
    command("cmake", "--build", tmp_path)
    said = command(tmp_path / "consumer", server.chroma_url, env={**os.environ, "no_proxy": "*"})
    assert re.fullmatch(r"\d+\.\d+\.\d+ alive\n", said)


def test_find_package_knows_its_components_and_versions(prefix, tmp_path):
    for words in ("find_package(alidade 0.1 REQUIRED COMPONENTS nobody)", "find_package(alidade 7 REQUIRED)"):
        project = tmp_path / re.sub(r"\W", "", words)
        project.mkdir()
        (project / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.25)\nproject(x CXX)\n{words}\n")
        done = subprocess.run(["cmake", "-G", "Ninja", "-S", str(project), "-B", str(project / "build"),
                               f"-DCMAKE_PREFIX_PATH={prefix}"], capture_output=True, text=True, timeout=300)
        assert done.returncode != 0 and "alidade" in done.stderr


def test_pkg_config(prefix, server, tmp_path):
    if not shutil.which("pkg-config"):
        pytest.skip("no pkg-config")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(libraries(prefix) / "pkgconfig"), "no_proxy": "*"}
    flags = command("pkg-config", "--cflags", "--libs", "alidade-chroma", env=environment).split()
    command("g++", "-std=c++20", CONSUMER / "main.cc", "-o", tmp_path / "program", *flags)
    assert "alive" in command(tmp_path / "program", server.chroma_url, env=environment)


def has_embedded(prefix):
    needs(libraries(prefix) / "libalidade_embedded.so")


def test_find_package_embedded(prefix, tmp_path):
    has_embedded(prefix)
    command("cmake", "-G", "Ninja", "-S", CONSUMER_EMBEDDED, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}")
    command("cmake", "--build", tmp_path)
    assert command(tmp_path / "consumer", tmp_path / "data") == "1\n"
    assert command(tmp_path / "consumer_c", tmp_path / "data") == "1\n"


def test_pkg_config_embedded(prefix, tmp_path):
    has_embedded(prefix)
    if not shutil.which("pkg-config"):
        pytest.skip("no pkg-config")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(libraries(prefix) / "pkgconfig"),
                   "LD_LIBRARY_PATH": str(libraries(prefix))}
    for package, compiler, source in (("alidade-embedded", ["g++", "-std=c++20"], "main.cc"),
                                      ("alidade-embedded-c", ["gcc", "-std=c99"], "main.c")):
        flags = command("pkg-config", "--cflags", "--libs", package, env=environment).split()
        command(*compiler, CONSUMER_EMBEDDED / source, "-o", tmp_path / package, *flags)
        assert command(tmp_path / package, tmp_path / "data", env=environment) == "1\n"


def test_find_package_and_pkg_config_of_grpc(prefix, server, tmp_path):
    needs(next(iter(libraries(prefix).glob("libalidade_qdrant_grpc.*")), libraries(prefix) / "libalidade_qdrant_grpc.a"))
    environment = {**os.environ, "PKG_CONFIG_PATH": str(libraries(prefix) / "pkgconfig"), "no_proxy": "*",
                   "LD_LIBRARY_PATH": str(libraries(prefix))}
    command("cmake", "-G", "Ninja", "-S", CONSUMER_GRPC, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}")
    command("cmake", "--build", tmp_path)
    flags = command("pkg-config", "--cflags", "--libs", "alidade-qdrant_grpc", env=environment).split()
    command("g++", "-std=c++20", CONSUMER_GRPC / "main.cc", "-o", tmp_path / "by_flags", *flags)
    for program in ("consumer", "by_flags"):
        assert "qdrant" in command(tmp_path / program, f"http://127.0.0.1:{server.grpc}", env=environment)


def test_the_library_is_small_and_has_no_names_of_others(prefix):
    archives = sorted(libraries(prefix).glob("libalidade_*.a"))
    if not archives:
        pytest.skip("built as shared libraries")
    for archive in archives:
        listed = command("nm", "-gC", "--defined-only", archive)
        # Strong definitions; W and V are inline functions that every program may hold.
        strong = re.findall(r"^[0-9a-f]+ [TDBR] (.+)$", listed, re.MULTILINE)
        ours = re.compile(r"(?:[\w:<>, *&]+ )?(?:typeinfo (?:name )?for |vtable for )?alidade::")
        if "grpc" in archive.name:
            # Generated code has the package in its names, in whatever place: descriptor_table_alidade_…, Arena::…<alidade_wire::…>.
            ours = re.compile(r".*\balidade_wire::|\w+_alidade_5fqdrant_")
        foreign = [name for name in strong if not ours.match(name) and not name.startswith("alidade::")]
        assert strong and not foreign, f"{archive.name}: {foreign[:5]}"
    stripped = {archive.name: int(command("size", "-t", archive).splitlines()[-1].split()[0]) for archive in archives}
    optional = stripped.pop("libalidade_qdrant_grpc.a", 0)
    assert sum(stripped.values()) < 3 << 20 and optional < 3 << 20
