# shellcheck shell=bash
# Debian's packages, fetched and unpacked by apt-get and dpkg: no root, no change to the system. Sourced after lib.sh.

DEBIAN_MIRROR=${VOL_SPARSE_DEBIAN_MIRROR:-http://deb.debian.org/debian}
DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# debian_apt STATE ARGUMENT...: apt-get with its own sources, lists, cache and an empty status file: it believes nothing
# is installed.
debian_apt() {
    local state=$1
    shift
    apt-get -qq \
        -o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::State::lists="$state/lists" \
        -o Dir::Cache="$state/cache" -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts="$state/none" \
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts="$state/none" \
        -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o APT::Sandbox::User= \
        -o APT::Get::List-Cleanup=false -o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

# debian_can_unpack WHAT: ends the script where packages cannot be fetched; WHAT is what the user has to install then.
debian_can_unpack() {
    [ "$(uname -m)" = x86_64 ] || die "packages can be fetched for x86_64 only. $1"
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        die "without apt-get and dpkg nothing can be fetched here. $1"
    fi
    [ -r "$DEBIAN_KEYRING" ] ||
        die "$DEBIAN_KEYRING is missing: install debian-archive-keyring (it signs what is fetched). $1"
}

# debian_lists STATE TYPE SUITE: a new state for debian_apt, with the lists of a suite's packages (deb) or sources (deb-src).
debian_lists() {
    mkdir -p "$1"/{none,lists/partial,cache/archives/partial}
    : >"$1/status"
    printf '%s [signed-by=%s] %s %s main\n' "$2" "$DEBIAN_KEYRING" "$DEBIAN_MIRROR" "$3" >"$1/sources.list"
    debian_apt "$1" update >&2 || die "no package lists from $DEBIAN_MIRROR: is the network there?"
}

# debian_unpack SUITE FOLDER PACKAGE...: the packages, with all they depend on, in FOLDER/root; FOLDER is made anew. Of
# a package written as PACKAGE! itself only.
debian_unpack() {
    local suite=$1 folder=$2 names deb package alone=() whole=()
    shift 2
    for package in "$@"; do
        case $package in
        *!) alone+=("${package%!}") ;;
        *) whole+=("$package") ;;
        esac
    done
    rm -rf "$folder"
    mkdir -p "$folder"/{debs,root}
    debian_lists "$folder/apt" deb "$suite"
    names=$(debian_apt "$folder/apt" -s install --no-install-recommends "${whole[@]}" |
        sed -n 's/^Inst \([^ ]*\).*/\1/p') ||
        die "apt-get cannot resolve ${whole[*]} of Debian $suite (state in $folder/apt)"
    # shellcheck disable=SC2086
    (cd "$folder/debs" && debian_apt "$folder/apt" download $names "${alone[@]}" >&2) ||
        die "download of ${whole[*]} from $DEBIAN_MIRROR failed"
    for deb in "$folder"/debs/*.deb; do
        dpkg -x "$deb" "$folder/root"
    done
    rm -rf "$folder/debs" "$folder/apt"
}

# debian_source SUITE FOLDER PACKAGE: the source that a package is made from, as its authors published it, in FOLDER/source.
debian_source() {
    local folder=$2 package=$3
    mkdir "$folder/source"
    debian_lists "$folder/apt" deb-src "$1"
    (cd "$folder/apt" && debian_apt "$folder/apt" --download-only --tar-only source "$package" >&2) ||
        die "download of the source of $package from $DEBIAN_MIRROR failed"
    tar -xf "$folder/apt/${package}"_*.orig.tar.* -C "$folder/source" --strip-components=1
    rm -rf "$folder/apt"
}
