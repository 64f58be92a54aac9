"""The client libraries built alone and as shared ones: without the server's packages, with nothing but our own names."""

import os
import re
import shutil
import subprocess

import pytest

from support.server import BINARY, ROOT

# Beside the server that is tested: there the compiler's cache knows the paths.
BUILD = BINARY.parent / "client_only"
CONSUMER = ROOT / "tests/client_cpp/consumer"
# What the server needs and the client does not; `find_package` finds none of them here.
FOREIGN = ["Boost", "fmt", "spdlog", "CLI11", "gRPC"]
COMPONENTS = {"core", "chroma", "qdrant", "embed"}


def command(*words, timeout=600, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=timeout, **more)
    assert done.returncode == 0, f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """Configured, built and installed from the sources alone."""
    command("cmake", "-G", "Ninja", "-S", ROOT, "-B", BUILD, "-DALD_CLIENT_ONLY=ON", "-DALD_CLIENT_SHARED=ON",
            "-DALD_BUILD_TESTS=OFF", "-DCMAKE_CXX_FLAGS=-O1",
            *(f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in FOREIGN))
    command("cmake", "--build", BUILD, env={**os.environ, "CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"})
    folder = tmp_path_factory.mktemp("shared")
    command("cmake", "--install", BUILD, "--component", "client_dev", "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def libraries(prefix):
    """The shared libraries by component, without the links to them."""
    found = {}
    for path in prefix.rglob("libalidade_*.so.*"):
        if not path.is_symlink():
            found[re.match(r"libalidade_(\w+)\.so", path.name).group(1)] = path
    return found


def test_every_component_is_there_and_none_of_the_engine(prefix, libraries):
    assert set(libraries) == COMPONENTS
    headers = {path.name for path in prefix.rglob("include/alidade/*.h")}
    assert {"chroma.h", "qdrant.h", "embed.h", "version.h"} <= headers and not headers & {"alidade.h", "embedded.h"}
    assert not list(prefix.rglob("*.a"))


def test_they_export_only_names_of_ours_in_the_namespace_of_the_version(libraries):
    for path in libraries.values():
        names = [line.split(" ", 2)[2] for line in command("nm", "-DC", "--defined-only", path).splitlines()]
        assert names
        ours = re.compile(r"(?:typeinfo (?:name )?for |vtable for |VTT for )?alidade::(?:\w+::)*v0::")
        # A template's instance begins with its result; literals and the linker's own marks have no namespace.
        foreign = [name for name in names if not ours.match(name) and not re.match(r"[\w:<>, *&]+ alidade::(?:\w+::)*v0::", name)]
        assert not foreign, f"{path.name}: {foreign[:5]}"


def test_they_need_nothing_of_the_server(libraries):
    for path in libraries.values():
        needed = set(re.findall(r"NEEDED.*\[(lib[\w+-]+)\.so", command("readelf", "-d", path)))
        assert needed <= {"libalidade_core", "libcurl", "libsimdjson", "libstdc++", "libm", "libgcc_s", "libc"}, needed
        assert re.search(r"SONAME.*\.so\.\d+\.\d+\]", command("readelf", "-d", path))


def test_a_project_finds_the_shared_libraries(prefix, server, tmp_path):
    command("cmake", "-G", "Ninja", "-S", CONSUMER, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}",
            *(f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("CURL", *FOREIGN)))
    command("cmake", "--build", tmp_path)
    said = command(tmp_path / "consumer", server.chroma_url, env={**os.environ, "no_proxy": "*"})
    assert re.fullmatch(r"\d+\.\d+\.\d+ alive\n", said)
    assert "libalidade_chroma.so." in command("readelf", "-d", tmp_path / "consumer")


@pytest.mark.skipif(not shutil.which("pkg-config"), reason="no pkg-config")
def test_pkg_config_of_every_component(prefix, libraries, tmp_path):
    folder = libraries["core"].parent
    environment = {**os.environ, "PKG_CONFIG_PATH": str(folder / "pkgconfig"), "LD_LIBRARY_PATH": str(folder)}
    version = re.search(r'VERSION_TEXT "(.*)"', (ROOT / "include/alidade/version.h").read_text()).group(1)
    for component in sorted(COMPONENTS):
        package = f"alidade-{component}"
        assert command("pkg-config", "--modversion", package, env=environment).strip() == version
        header = "client/options" if component == "core" else component
        source = tmp_path / f"{component}.cc"
        source.write_text(f'#include <alidade/{header}.h>\n#include <alidade/version.h>\n'
                          f'static_assert(ALIDADE_VERSION >= ALIDADE_VERSION_OF(0, 1, 0));\nint main() {{}}\n')
        flags = command("pkg-config", "--cflags", "--libs", package, env=environment).split()
        assert "-lcurl" not in flags, "a shared library has what it needs inside"
        command("g++", "-std=c++20", source, "-o", tmp_path / component, *flags)
        command(tmp_path / component, env=environment)


def test_an_older_interface_does_not_link(prefix, libraries, tmp_path):
    """The inline namespace is a part of every name: headers of another version do not fit this library."""
    copied = tmp_path / "include"
    shutil.copytree(next(prefix.rglob("include/alidade")).parent, copied)
    for header in copied.rglob("*.h"):
        header.write_text(header.read_text().replace("inline v0", "inline v99"))
    build = ["g++", "-std=c++20", CONSUMER / "main.cc", "-o", tmp_path / "program"]
    links = [f"-L{libraries['core'].parent}", "-lalidade_chroma", "-lalidade_core"]
    assert command(*build, f"-I{next(prefix.rglob('include/alidade')).parent}", *links) == ""
    done = subprocess.run([str(word) for word in [*build, f"-I{copied}", *links]], capture_output=True, text=True, timeout=300)
    assert done.returncode != 0 and "undefined reference to `alidade::chroma::v99::" in done.stderr
