#!/bin/bash
# Stands in for systemctl where no systemd runs, as in a chroot: starts what units say, once, with the users,
# environments and commands that stand there. Each process's id is in /run/started.
set -eu
units=/etc/systemd/system
wanted=/run/wanted
mkdir -p /run/started
touch "$wanted"

value() { sed -n "s/^$2=//p" "$units/$1"; }

start() {
  local unit=$1 file instance= each command
  file=${unit/@*./@.}
  [[ $unit == *@* ]] && instance=${unit#*@} && instance=${instance%.*}
  [[ $unit == *.timer || -e /run/started/$unit ]] && return
  if [[ $unit == *.target ]]; then
    for each in $(value "$unit" Wants) $(grep "@" "$wanted"); do
      # As systemd, which passes over what is wanted and not there.
      if [[ -e $units/${each/@*./@.} ]]; then start "$each"; fi
    done
    return
  fi
  for each in $(value "$file" Wants); do
    if [[ -e $units/$each ]]; then start "$each"; fi
  done
  command=$(value "$file" ExecStart)
  run() {
    set -a
    for each in $(value "$file" EnvironmentFile); do . "${each//%i/$instance}"; done
    set +a
    cd "$(value "$file" WorkingDirectory || true)"
    local user files
    user=$(value "$file" User)
    files=$(value "$file" LimitNOFILE)
    # Where nobody may raise it, as in a container, as far as it goes.
    if [[ $files ]]; then ulimit -n "$files" 2>/dev/null || ulimit -n "$(ulimit -Hn)"; fi
    if [[ $user ]]; then exec setpriv --reuid "$user" --regid "$user" --init-groups ${command//%i/$instance}; fi
    exec ${command//%i/$instance}
  }
  if [[ $(value "$file" Type) == oneshot ]]; then
    (run)
    echo done >"/run/started/$unit"
  else
    (run) >"/var/log/$unit.log" 2>&1 &
    echo $! >"/run/started/$unit"
  fi
}

case $1 in
  daemon-reload | disable) ;;
  enable)
    if [[ $2 == --now ]]; then start "$3"; else echo "$2" >>"$wanted"; fi
    ;;
  *)
    echo "systemctl $* is not expected here" >&2
    exit 1
    ;;
esac
