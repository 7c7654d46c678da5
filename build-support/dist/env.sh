# shellcheck shell=sh
# Source this file, and HDF5 programs started from the shell store sparsely:
#
#   . /path/to/env.sh
#
# Works in bash, zsh, ksh and (on Linux) dash and other sh; in a shell where it cannot tell where it lies, set
# VOL_SPARSE_HOME to its folder before.

_vol_sparse_find_home() {
    if [ -n "${BASH_SOURCE:-}" ]; then
        # shellcheck disable=SC3028,SC3054
        _vol_sparse_file=${BASH_SOURCE[0]}
    elif [ -n "${ZSH_VERSION:-}" ]; then
        eval '_vol_sparse_file=${(%):-%x}'
    elif [ -n "${KSH_VERSION:-}" ]; then
        eval '_vol_sparse_file=${.sh.file}'
    else
        # A plain sh does not say what it is reading, but holds it open. ($$ would be wrong in a subshell.)
        IFS=' ' read -r _vol_sparse_pid _vol_sparse_file </proc/self/stat
        for _vol_sparse_fd in "/proc/$_vol_sparse_pid/fd"/*; do
            _vol_sparse_file=$(readlink "$_vol_sparse_fd" 2>/dev/null) || _vol_sparse_file=
            case $_vol_sparse_file in
            */env.sh) [ -e "${_vol_sparse_file%/*}/lib/plugin/libvol_sparse.so" ] && break ;;
            esac
            _vol_sparse_file=
        done
    fi
    [ -n "$_vol_sparse_file" ] || return 1
    VOL_SPARSE_HOME=$(CDPATH='' cd -- "$(dirname -- "$_vol_sparse_file")" 2>/dev/null && pwd -P)
}

if [ -n "${VOL_SPARSE_HOME:-}" ] && [ -e "$VOL_SPARSE_HOME/lib/plugin/libvol_sparse.so" ]; then
    :
elif ! _vol_sparse_find_home || [ ! -e "$VOL_SPARSE_HOME/lib/plugin/libvol_sparse.so" ]; then
    echo "env.sh: cannot find lib/plugin/libvol_sparse.so beside this file; set VOL_SPARSE_HOME to its folder" >&2
    unset VOL_SPARSE_HOME
fi

if [ -n "${VOL_SPARSE_HOME:-}" ]; then
    case ":${HDF5_PLUGIN_PATH:-}:" in
    *":$VOL_SPARSE_HOME/lib/plugin:"*) ;;
    *) HDF5_PLUGIN_PATH=$VOL_SPARSE_HOME/lib/plugin${HDF5_PLUGIN_PATH:+:$HDF5_PLUGIN_PATH} ;;
    esac
    HDF5_VOL_CONNECTOR=sparse
    export HDF5_PLUGIN_PATH HDF5_VOL_CONNECTOR
    # An h5py whose HDF5 is too old would print an error for each file, and store natively.
    for _vol_sparse_file in "$VOL_SPARSE_HOME/python/vol_sparse" "$VOL_SPARSE_HOME/.."; do
        if [ -e "$_vol_sparse_file/_hdf5_version.py" ] && command -v python3 >/dev/null; then
            python3 "$_vol_sparse_file/_hdf5_version.py" || :
            break
        fi
    done
fi
unset -f _vol_sparse_find_home
unset _vol_sparse_file _vol_sparse_fd _vol_sparse_pid VOL_SPARSE_HOME
