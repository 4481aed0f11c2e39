#!/bin/sh
# if-installed.sh PROGRAM COMMAND…: runs the command, or says why not when the program is missing.
program=$1
shift
if command -v "$program" >/dev/null 2>&1; then exec "$@"; fi
echo "skipped: $program is not installed"
