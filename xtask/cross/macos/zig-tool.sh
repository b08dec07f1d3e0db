#!/bin/bash
# zig as the C and C++ compiler and archiver for macOS, called through the links zig-cc, zig-c++, zig-ar and
# zig-ranlib beside it. Drops the target flags the cc crate adds, because zig names targets differently.
tool=$(basename "$0")
tool=${tool#zig-}
zig() { exec "${ZIG_PYTHON:?path of a python that has the ziglang package}" -m ziglang "$@"; }
case $tool in ar | ranlib) zig "$tool" "$@" ;; esac
arguments=()
skip=
for argument in "$@"; do
  if [ -n "$skip" ]; then
    skip=
    continue
  fi
  case $argument in
    --target=* | -mmacosx-version-min=*) ;;
    -arch | -target) skip=1 ;;
    # Objective-C needs Apple's own headers. Nothing is linked here, so an empty object stands in for it.
    *.m | *.mm) arguments+=(-x c /dev/null) ;;
    *) arguments+=("$argument") ;;
  esac
done
zig "$tool" -target "${ZIG_TARGET:?zig target}" "${arguments[@]}"
