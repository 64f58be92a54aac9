#!/usr/bin/env bash
# Builds and runs everything: both programs against the database of CHROMA_HOST, or one of its own when none answers;
# with Gemini, or with a stub provider when GOOGLE_API_KEY is not set.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=$(cd "$here/../.." && pwd)
source "$here/scripts/common.sh"

started=()
folder=$(mktemp -d)
finish() {
  local pid
  for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT

# start_and_read FILE PATTERN COMMAND...: starts it and prints what the pattern finds in its output.
start_and_read() {
  local file=$1 pattern=$2 i found
  shift 2
  "$@" >"$file" 2>&1 &
  started+=($!)
  for i in $(seq 300); do
    found=$(sed -nE "s/$pattern/\1/p" "$file" | head -1)
    if [ -n "$found" ]; then echo "$found" >"$folder/found"; return 0; fi
    sleep 0.1
  done
  cat "$file" >&2
  return 1
}

build_programs
read_env "$here/.env"

if ! answers "$CHROMA_HOST"; then
  server=${ALIDADE_BINARY:-$root/build/$preset/alidade}
  [ -x "$server" ] || { echo "no database answers at $CHROMA_HOST, and $server is not built" >&2; exit 1; }
  start_and_read "$folder/server" 'Chroma .*:([0-9]+) *$' "$server" serve --data "$folder/data" \
    --qdrant-port off --grpc-port off --chroma-port 0
  export CHROMA_HOST=http://127.0.0.1:$(cat "$folder/found")
  wait_for "$CHROMA_HOST"
  echo "== database of this run: $CHROMA_HOST"
fi

if [ -z "${GOOGLE_API_KEY:-}" ] && [ -z "${GOOGLE_GEMINI_BASE_URL:-}" ]; then
  start_and_read "$folder/stub" 'listening on (.*)' python3 "$root/tests/client_qdrant/stub_providers.py"
  export GOOGLE_GEMINI_BASE_URL=$(cat "$folder/found")
  echo "== GOOGLE_API_KEY is not set: a stub provider stands in for Gemini"
fi

cd "$here"
for program in main advanced_usage; do
  echo "== $program"
  "$programs/chroma_gemini_$program"
done
echo "== all passed"
