# A terminal full of text in which nothing moves, not even a cursor.
for ((i = 1; i <= 52; i++)); do
  printf '2024-03-%02d 09:%02d:%02d host%02d sshd[%d]: Accepted publickey for admin%d from 10.0.%d.%d port %d\n' \
    $((i % 28 + 1)) $((i * 7 % 60)) $((i * 13 % 60)) $((i % 9)) $((1000 + i * 37)) $((i % 5)) $((i % 16)) \
    $((i * 11 % 250)) $((40000 + i * 131))
done
printf '\033[?25l'
sleep infinity
