# About six letters a second into the window that has the focus, as a person types.
while :; do
  for line in 'systemctl status sshd --no-pager' 'grep -n PermitRootLogin sshd_config' \
    'journalctl -u nginx --since today' 'tail -n 20 /var/log/auth.log' 'openssl x509 -in server.pem -noout -dates'; do
    for ((i = 0; i < ${#line}; i++)); do
      xdotool type --delay 0 -- "${line:i:1}"
      sleep 0.155
    done
    xdotool key Return
    sleep 0.3
  done
done
