# Sourced by the store scripts. A store lives exactly as long as its script, and the script as long as its standard input:
# when the test process dies, however it dies, the pipe closes, the daemons are killed and the folder is removed. SIGTERM does the same.
#
# Protocol: the script prints "ready" once; then each line read from standard input (kill, restart, pause, resume) acts on the
# daemon named `front` and is answered by "done <verb>". Whoever sources this defines start_front and sets RUN_DIR and front.

declare -A pids
# What is to be read in a failure goes here, past the redirections of whatever was running then.
exec 3>&2

launch() { # NAME COMMAND...
  local name=$1
  shift
  "$@" </dev/null >>"$RUN_DIR/log/$name.out" 2>&1 3>&- &
  pids[$name]=$!
}

# SIGKILL, also because a Ceph memstore would otherwise dump its content to disk first.
murder() { # NAME
  kill -KILL "${pids[$1]}" 2>/dev/null || true
  wait "${pids[$1]}" 2>/dev/null || true
}

finish() {
  local status=$? name
  trap '' TERM INT HUP
  if [ "$status" -ne 0 ] && [ "$status" -ne 143 ]; then tail -n 15 "$RUN_DIR"/log/* >&3 2>/dev/null || true; fi
  for name in "${!pids[@]}"; do murder "$name"; done
  rm -rf "$RUN_DIR"
}

is_alive() { # NAME
  if kill -0 "${pids[$1]}" 2>/dev/null; then return; fi
  echo "$1 ended while starting" >&3
  exit 1
}

until_true() { # ATTEMPTS COMMAND...   (20 attempts a second)
  local left=$1
  shift
  until "$@" >/dev/null 2>&1; do
    left=$((left - 1))
    if [ "$left" -le 0 ]; then
      echo "gave up waiting for: $*" >&3
      exit 1
    fi
    sleep 0.05
  done
}

serve() {
  echo ready
  local verb
  while read -r verb; do
    case $verb in
      kill) murder "$front" ;;
      restart) murder "$front" && start_front ;;
      pause) kill -STOP "${pids[$front]}" ;;
      resume) kill -CONT "${pids[$front]}" ;;
      *) echo "unknown verb: $verb" >&2 ;;
    esac
    echo "done $verb"
  done
}

trap finish EXIT
trap 'exit 143' TERM INT HUP
