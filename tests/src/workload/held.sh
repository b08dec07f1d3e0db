# A build log of twenty coloured lines a second, while a file named `go` lies in the folder it was started in.
names=(parser lexer session policy transport storage replay audit codec gateway)
for ((n = 1; ; n++)); do
  while [ ! -e go ]; do sleep 0.05; done
  printf '\033[1;32m   Compiling\033[0m %s-%s v%d.%d.%d (/srv/build/%08x/crates/%s) [%d/4096] -C metadata=%08x\n' \
    "${names[n % 10]}" "${names[n * 3 % 10]}" $((n % 4)) $((n * 7 % 30)) $((n * 3 % 12)) \
    $((n * 2654435761 % 4294967296)) "${names[n % 10]}" $((n % 4096)) $(((n * 40503 + 977) % 4294967296))
  sleep 0.048
done
