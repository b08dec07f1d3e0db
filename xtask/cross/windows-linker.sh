#!/bin/bash
# Linker for x86_64-pc-windows-gnu. rustc asks for libstdc++ dynamically; taken statically, a program with C++
# inside (the H.264 encoder) needs no DLL that Windows does not bring.
arguments=()
for argument in "$@"; do
  case $argument in
    -lstdc++) arguments+=(-Wl,-Bstatic -lstdc++ -lpthread -Wl,-Bdynamic) ;;
    *) arguments+=("$argument") ;;
  esac
done
exec x86_64-w64-mingw32-g++-posix "${arguments[@]}"
