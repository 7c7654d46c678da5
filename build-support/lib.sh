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

# may_apt_install PACKAGE...: true where packages can be installed by apt-get, and the user wants it: VOL_SPARSE_APT is
# "yes", as continuous integration sets it, or the user says so at the terminal.
may_apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || return 1
    case ${VOL_SPARSE_APT:-ask} in
    yes) return 0 ;;
    ask) ;;
    *) return 1 ;;
    esac
    { : </dev/tty; } 2>/dev/null || return 1
    local answer
    printf '%s: missing: %s. Install with apt-get? [Y/n] ' "${0##*/}" "$*" >/dev/tty
    read -r answer </dev/tty || return 1
    case $answer in
    '' | [yY]*) return 0 ;;
    *) return 1 ;;
    esac
}

# What to do where packages are missing and may_apt_install said no.
how_to_install() {
    printf 'install them: apt-get install %s (as root; names of Debian and Ubuntu). With VOL_SPARSE_APT=yes root lets the' "$*"
    printf ' build do it'
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
