#!/bin/sh
# Creates the virtualenv $1 with exactly the versions in the lock file $2. Needs only Python 3.11 or 3.12.
set -eu

UV_VERSION=0.13.8
target=$1
lock=$2

log() { printf '%s\n' "$*"; }
fail() { printf 'Error: %s\n' "$*" >&2; exit 1; }

find_python() {
    for name in ${PYTHON:-} python3 python3.12 python3.11 python; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    fail "Python 3.11 or 3.12 is required, but was not found. Install it, or give its path: make setup PYTHON=/path/to/python3.12"
}

python=$(find_python)
[ -n "$python" ] || exit 1

uv=.cache/uv-$UV_VERSION/bin/uv
if [ ! -x "$uv" ]; then
    log "Installing the package installer (uv $UV_VERSION)"
    rm -rf ".cache/uv-$UV_VERSION"
    "$python" -m venv ".cache/uv-$UV_VERSION" ||
        fail "$python cannot create virtualenvs; on Debian and Ubuntu, run: apt-get install python3-venv"
    ".cache/uv-$UV_VERSION/bin/pip" install --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi

log "Installing $(grep -c == "$lock") pinned packages into $target ($("$python" --version)); this can take a few minutes"
[ -x "$target/bin/python" ] || "$uv" venv --quiet --python "$python" "$target"
"$uv" pip sync --quiet --python "$target/bin/python" "$lock"
if [ "$target" = .venv-deploy ]; then
    # Editable: only the entry points of pyproject.toml are installed, the code stays in this folder.
    "$uv" pip install --quiet --python "$target/bin/python" --no-deps --no-build-isolation --editable .
fi
touch "$target/ready"
log "$target is ready."
