# Shared by ./run, ./test and .ci/run: where things are, and how what is missing gets installed.
# Sourced, not run.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

# The same text compiles to the same cache entry, in whatever folder the clone lies.
export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1

# What a build needs; docs/dependencies.md says why each is here.
build_packages=(g++ cmake ninja-build ccache pkg-config mold git ca-certificates libboost1.81-dev
  libssl-dev libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libsimdjson-dev
  libfmt-dev libspdlog-dev libyaml-cpp-dev libcli11-dev libexpected-dev libxxhash-dev zlib1g-dev
  libre2-dev libpcre2-dev libutf8proc-dev libstemmer-dev libgtest-dev libgmock-dev libhnswlib-dev
  libcurl4-openssl-dev libcairo2-dev)
# What the tests need besides.
test_packages=(python3 python3-venv curl openssl binutils)
# What the presets `fuzz`, `clang` and the command `tools/lib/tidy.sh` need besides.
fuzz_packages=(clang-16 libclang-rt-16-dev)
tidy_packages=(clang-16 clang-tidy-16)

say() { printf '\033[1m== %s\033[0m\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install_missing PACKAGE...: installs those that are not there yet; quick when all are.
install_missing() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# build_preset PRESET [TARGET...]: configures when there is nothing yet or the presets have changed, and builds.
build_preset() {
  local preset=$1
  shift
  # A tree keeps the options it was configured with, so one that is older than the presets is configured again.
  if [ ! -f "build/$preset/build.ninja" ] || [ CMakePresets.json -nt "build/$preset/build.ninja" ]; then
    say "configuring $preset"
    cmake --preset "$preset" >"build.$preset.log" 2>&1 || { cat "build.$preset.log"; rm -f "build.$preset.log"; return 1; }
    rm -f "build.$preset.log"
  fi
  say "building $preset (the first time takes minutes; ccache makes the next one quick)"
  cmake --build --preset "$preset" ${1:+--target "$@"}
}
