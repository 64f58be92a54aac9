#!/usr/bin/env bash
# The peers' own clients, unmodified, for the end-to-end tests: Python in build/venv, JavaScript in
# build/node. Quick when they are there.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

stamp=$(cat tests/clients/requirements*.txt tests/clients/package.json | sha256sum | cut -c1-16)
[ -f "build/clients.$stamp" ] && exit 0

say "installing the Python clients"
python3 -m venv build/venv
build/venv/bin/pip install -q --no-compile --disable-pip-version-check -r tests/clients/requirements.txt
# An older release of the Qdrant client lives in a folder of its own.
python3 -m venv build/venv-1.18
build/venv-1.18/bin/pip install -q --no-compile --disable-pip-version-check -r tests/clients/requirements-1.18.txt

say "installing the JavaScript clients"
mkdir -p build/node
cp tests/clients/package.json build/node/
if ! command -v npm >/dev/null; then install_missing npm; fi
(cd build/node && npm install --no-audit --no-fund --loglevel=error)
# The clients need Node 20; Debian 12 has 18. The npm package `node` brings a newer one.
if [ "$(node --version | sed 's/^v\([0-9]*\).*/\1/')" -lt 20 ]; then
  (cd build/node && npm install --no-audit --no-fund --no-save --loglevel=error node@22)
fi

touch "build/clients.$stamp"
