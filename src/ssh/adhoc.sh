# shellcheck shell=sh
# The functions around an ad-hoc command; see adhoc.rs.

fleet_session() { # the processes of session $1, by /proc; the group's leader may be gone already
  for fleet_stat in /proc/[0-9]*/stat; do
    read -r fleet_line 2>/dev/null <"$fleet_stat" || continue
    fleet_pid=${fleet_line%% *}
    # The name in parentheses may hold anything: fields count from behind the last one.
    # shellcheck disable=SC2086
    set -- "$1" ${fleet_line##*) }
    if [ "$5" = "$1" ] && [ "$2" != Z ]; then echo "$fleet_pid"; fi
  done
}
fleet_signal() { # session, signal; fails when nothing is left of the session
  fleet_pids=$(fleet_session "$1")
  [ -n "$fleet_pids" ] || return 1
  # shellcheck disable=SC2086
  kill -s "$2" $fleet_pids 2>/dev/null
  return 0
}
fleet_watch() { # runs until stdin ends, then ends session $1
  while read -r fleet_line; do :; done
  trap '' TERM HUP INT PIPE
  fleet_signal "$1" TERM || return 0
  # shellcheck disable=SC2034
  for fleet_round in 1 2 3 4 5 6 7 8 9 10; do
    sleep 0.2 2>/dev/null || sleep 1
    [ -n "$(fleet_session "$1")" ] || return 0
  done
  # What forks faster than it is listed is met again.
  while fleet_signal "$1" KILL; do sleep 0.1 2>/dev/null || sleep 1; done
}
fleet_adhoc() { # token, command …
  fleet_token=$1
  shift
  if ! command -v setsid >/dev/null 2>&1; then
    echo 'fleet: this host has no setsid (package util-linux)' >&2
    printf '%s no-setsid\n' "$fleet_token"
    return 0
  fi
  exec 3<&0
  setsid sh -c 'exec "$@"' sh "$@" </dev/null 3<&- &
  fleet_child=$!
  fleet_watch "$fleet_child" <&3 >/dev/null 2>&1 &
  fleet_watcher=$!
  exec 3<&-
  wait "$fleet_child"
  fleet_status=$?
  printf '%s exit %s\n' "$fleet_token" "$fleet_status"
  kill "$fleet_watcher" 2>/dev/null
  return 0
}
