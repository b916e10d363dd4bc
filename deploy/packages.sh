#!/bin/sh
# Installs the named Debian packages that are missing, where this user may. Elsewhere it says exactly what is missing and
# goes on: whoever needs the part says what is skipped. With CI=true a missing part is a failure.
set -eu

present() {
    case "$1" in
        libglib2.0-0) ldconfig -p 2>/dev/null | grep -q libgthread-2.0.so.0 || [ "$(uname)" != Linux ] ;;
        python3-venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null ;;
        postgresql) command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
        mosquitto) command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] ;;
        qemu-system-x86) command -v qemu-system-x86_64 >/dev/null ;;
        qemu-utils) command -v qemu-img >/dev/null ;;
        e2fsprogs) command -v mkfs.ext4 >/dev/null ;;
        kmod) command -v depmod >/dev/null ;;
        linux-headers-amd64) ls -d /lib/modules/*/build >/dev/null 2>&1 ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

missing=""
for name in "$@"; do present "$name" || missing="$missing $name"; done
[ -n "$missing" ] || exit 0

may=""
if command -v apt-get >/dev/null; then
    if [ "$(id -u)" = 0 ]; then may="env"; elif sudo -n true 2>/dev/null; then may="sudo"; fi
fi
if [ -n "$may" ]; then
    echo "Installing by apt:$missing"
    # A broker or a database that starts with the machine is not wanted here: the tests start their own.
    $may apt-get update -qq || true
    for name in $missing; do # one by one: a name that this Debian lacks must not keep the others away
        $may env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$name" >/dev/null || true
    done
fi

still=""
for name in $missing; do present "$name" || still="$still $name"; done
[ -n "$still" ] || exit 0
echo "Not on this machine:$still. What needs it is skipped. Install it with: apt-get install$still" >&2
[ "${CI:-}" != true ] || exit 1
