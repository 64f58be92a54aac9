# Sourced by the scripts beside it, which set `here` and `root`.

preset=${PRESET:-release}
# Programs that are built already may lie elsewhere.
programs=${CHROMA_GEMINI_PROGRAMS:-$root/build/$preset/examples/chroma-gemini}

build_programs() {
  if [ -n "${CHROMA_GEMINI_PROGRAMS:-}" ]; then return; fi
  (cd "$root" && { [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >/dev/null; } &&
    cmake --build --preset "$preset" --target chroma_gemini_main chroma_gemini_advanced_usage)
}

# read_env FILE: sets what is not set yet.
read_env() {
  local name value
  if [ -f "$1" ]; then
    while IFS='=' read -r name value; do
      case "$name" in '' | '#'*) continue ;; esac
      [ -n "${!name:-}" ] || export "$name=$value"
    done <"$1"
  fi
  export CHROMA_HOST=${CHROMA_HOST:-http://localhost:8000}
}

answers() { curl -fsS --max-time 5 "$1/api/v2/heartbeat" >/dev/null 2>&1; }

# wait_for URL: until the database answers, a minute at most.
wait_for() {
  local i
  for i in $(seq 60); do
    if answers "$1"; then return 0; fi
    sleep 1
  done
  echo "nothing answers at $1" >&2
  return 1
}
