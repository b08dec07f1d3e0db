# Administration in rounds of twelve seconds: a third typing, a third nothing, a sixth a build log, a sixth switching windows.
find() { xdotool search --onlyvisible --name "^bench-$1\$"; }
logs=$(find logs) build=$(find build) shell=$(find shell)
type_for() {
  local end=$((SECONDS + $1)) line i
  while :; do
    for line in 'systemctl status sshd --no-pager' 'grep -n PermitRootLogin sshd_config' 'tail -n 20 /var/log/auth.log'; do
      for ((i = 0; i < ${#line}; i++)); do
        [ $SECONDS -ge $end ] && return 0
        xdotool type --delay 0 -- "${line:i:1}"
        sleep 0.155
      done
      xdotool key Return
      sleep 0.3
    done
  done
}
while :; do
  xdotool windowactivate --sync "$shell"
  type_for 4
  sleep 4
  xdotool windowactivate "$build"
  : >go
  sleep 2
  rm -f go
  for window in "$logs" "$shell" "$build"; do
    xdotool windowactivate "$window"
    sleep 0.65
  done
done
