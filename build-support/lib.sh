# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.

# The root of the checkout, wherever a script is started from.
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# Everything that is fetched or made for the build only; git ignores it. Its true place: checkouts that share one
# build/ by a link must agree on where their environments lie, or each would make them anew.
# shellcheck disable=SC2034
BUILD=$(readlink -m "$ROOT/build")

# Progress goes to stderr: stdout carries a script's result.
say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die() {
    say "$@"
    exit 1
}

# One writer at a time for a folder under build/: "locked NAME" holds the lock until the script ends.
locked() {
    mkdir -p "$BUILD/locks"
    exec {LOCK_FD}>"$BUILD/locks/$1"
    flock "$LOCK_FD"
}

# True where a missing package can be installed without asking anyone.
can_apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v dpkg-query >/dev/null
}

# apt_install PACKAGE...: returns apt's own status; what apt prints goes to stderr.
apt_install() {
    say "installing $* with apt-get"
    if ! DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" </dev/null >&2; then
        # The package lists may be old or were never fetched.
        DEBIAN_FRONTEND=noninteractive apt-get update </dev/null >&2 || true
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" </dev/null >&2
    fi
}
