#!/usr/bin/env bash
# Create .venv from the lock file. uv does it in seconds; where it cannot run, pip does the same in minutes.
set -euo pipefail
python=${1:?usage: install.sh PYTHON}
venv=.venv

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "Meibo needs Python 3.11 or newer; name one: make PYTHON=python3.11 …" >&2
  exit 1
}
[ -x $venv/bin/python ] || "$python" -m venv $venv
$venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt

# uv does not read pip's configuration: hand over the registry this machine is set up for, if it names one.
index=${PIP_INDEX_URL:-$($venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
[ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-300}" VIRTUAL_ENV="$PWD/$venv"

if $venv/bin/uv pip sync -q --require-hashes requirements.lock; then
  $venv/bin/uv pip install -q --no-deps --no-build-isolation -e .
else
  echo "uv could not install; trying pip, which takes a few minutes" >&2
  $venv/bin/python -m pip install -q --require-hashes -r requirements.lock
  $venv/bin/python -m pip install -q --no-deps --no-build-isolation -e .
fi
touch $venv/installed
