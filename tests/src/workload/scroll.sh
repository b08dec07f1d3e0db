# A build log of twenty coloured lines a second, below a screen full of them.
names=(parser lexer session policy transport storage replay audit codec gateway)
line() {
  local i=$1
  if ((i % 17 == 0)); then
    printf '\033[33mwarning\033[0m: unused variable: `ctx_%d` --> crates/%s/src/%s.rs:%d:%d\n' \
      "$i" "${names[i % 10]}" "${names[i * 7 % 10]}" $((i * 31 % 900)) $((i % 80))
  else
    printf '\033[1;32m   Compiling\033[0m %s-%s v%d.%d.%d (/srv/build/%08x/crates/%s) [%d/4096] -C metadata=%08x\n' \
      "${names[i % 10]}" "${names[i * 3 % 10]}" $((i % 4)) $((i * 7 % 30)) $((i * 3 % 12)) \
      $((i * 2654435761 % 4294967296)) "${names[i % 10]}" $((i % 4096)) $(((i * 40503 + 977) % 4294967296))
  fi
}
for ((n = 1; n <= 70; n++)); do line $n; done
for (( ; ; n++)); do
  line $n
  sleep 0.048
done
