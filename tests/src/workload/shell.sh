# A prompt whose every command gives two fixed lines.
while IFS= read -r -p 'admin@host:~$ ' line; do
  printf '%s: 3 entries checked, none changed\n%s: finished in 0.04 s\n' "${line%% *}" "${line%% *}"
done
