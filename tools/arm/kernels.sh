#!/usr/bin/env bash
# Compiles the room `kernels` and its tests for 64-bit Arm and runs them under qemu: every instruction set that Arm has
# against the portable one. Installs the cross compiler and qemu where they are missing.
#   tools/arm/kernels.sh [options of GoogleTest]
source "$(dirname "$0")/../lib/setup.sh"

install_missing g++-aarch64-linux-gnu qemu-user googletest
out=build/arm-kernels
mkdir -p "$out"
compiler=(aarch64-linux-gnu-g++ -std=c++20 -O1 -Isrc -I/usr/src/googletest/googletest/include -Wall -Wextra -Werror)
command -v ccache >/dev/null && compiler=(ccache "${compiler[@]}")

objects=()
# compile SOURCE [FLAG...]: an object beside the others.
compile() {
  local object=$out/${1//\//_}.o
  "${compiler[@]}" -c "$1" -o "$object" "${@:2}"
  objects+=("$object")
}

say "compiling for 64-bit Arm"
for source in src/kernels/*.cc src/kernels/distance/*.cc src/kernels/quant/*.cc src/base/chunked_rows.cc; do
  case $source in
    *_avx*.cc) ;;
    */codes_portable.cc | */codes_neon.cc) compile "$source" -O3 -ffp-contract=off ;;
    *) compile "$source" ;;
  esac
done
compile /usr/src/googletest/googletest/src/gtest-all.cc -I/usr/src/googletest/googletest -w
compile /usr/src/googletest/googletest/src/gtest_main.cc -w
aarch64-linux-gnu-g++ -static -o "$out/kernels_test" "${objects[@]}" -pthread

say "running under qemu"
exec qemu-aarch64 "$out/kernels_test" "$@"
