#!/bin/bash
# Runs a test program for Windows under Wine: on a display of its own, in a prefix of its own beside the program's target
# folder, without network where the system lets us take it away, and for two and a half minutes at most.
set -u
program=${1:?program}
shift
here=$(cd "$(dirname "$0")" && pwd)
prefix=${CHAPERONE_WINE_PREFIX:?folder for the Wine prefix}
mkdir -p "$prefix/home"

first() { for candidate in "$@"; do command -v "$candidate" && return; done; }
wine=$(first /usr/lib/wine/wine64 wine64 wine)
server=$(first /usr/lib/wine/wineserver64 /usr/lib/wine/wineserver wineserver)
if [ -z "$wine" ] || [ -z "$server" ]; then
  echo "Wine is missing: cargo xtask setup" >&2
  exit 1
fi

# A prefix has one user at a time. Wine's own processes must not keep the lock.
exec 9>"$prefix/lock"
flock -w 160 9 || { echo "another run holds $prefix" >&2; exit 1; }

exec 8< <(exec Xvfb -displayfd 1 -screen 0 1024x768x24 -nolisten tcp -noreset 9>&- 2>"$prefix/xvfb.log")
display=$!
read -r -t 30 -u 8 number || { cat "$prefix/xvfb.log" >&2; kill "$display"; exit 1; }

# Wine may neither fetch its additions nor write menus into the user's home, and a crash is told at once.
export WINEPREFIX="$prefix" WINEARCH=win64 WINEDEBUG=-all DISPLAY=":$number" HOME="$prefix/home"
export WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe=d;winedbg.exe=d"
end() {
  timeout -k 2 10 "$server" -k 9>&-
  kill "$display"
}
trap end EXIT
trap 'exit 130' INT TERM

alone=()
if unshare --map-current-user --net true 2>/dev/null; then alone=(unshare --map-current-user --net); fi

if [ ! -e "$prefix/ready" ]; then
  timeout -k 5 120 "${alone[@]}" "$wine" wineboot -i >"$prefix/wineboot.log" 2>&1 9>&- || { cat "$prefix/wineboot.log" >&2; exit 1; }
  # Wine before version 9 lacks the library that Rust takes its random numbers from.
  library="$prefix/drive_c/windows/system32/bcryptprimitives.dll"
  if [ ! -e "$library" ]; then
    x86_64-w64-mingw32-gcc-posix -shared -O2 -s -o "$library" "$here/windows-random.c" -ladvapi32 || exit 1
  fi
  touch "$prefix/ready"
fi
timeout -k 5 150 "${alone[@]}" "$wine" "$program" "$@" 9>&-
