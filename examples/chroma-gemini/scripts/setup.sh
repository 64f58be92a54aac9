#!/usr/bin/env bash
# Builds the demonstration, makes .env, and starts a database if none answers.
#   PRESET=dev scripts/setup.sh      another build tree (default: release)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=$(cd "$here/../.." && pwd)
source "$here/scripts/common.sh"

for tool in cmake ninja g++ curl python3; do
  command -v "$tool" >/dev/null || { echo "missing: $tool ('./run build' at the root installs what a build needs)" >&2; exit 1; }
done

build_programs

if [ ! -f "$here/.env" ]; then
  cp "$here/.env.example" "$here/.env"
  echo "made $here/.env: put your GOOGLE_API_KEY there"
fi

read_env "$here/.env"
if answers "$CHROMA_HOST"; then
  echo "a database answers at $CHROMA_HOST"
elif docker compose version >/dev/null 2>&1; then
  docker compose -f "$here/compose.yaml" up -d
  wait_for "$CHROMA_HOST"
  echo "ChromaDB runs in a container at $CHROMA_HOST"
else
  echo "no database answers at $CHROMA_HOST and there is no docker compose: start one, for instance with ./run at the root"
fi
echo "now run $programs/chroma_gemini_main from $here"
