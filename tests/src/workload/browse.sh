# Reading: a key, the wheel, a link or the pointer about once a second.
xdotool mousemove 900 600 click 1
for ((step = 0; ; step++)); do
  case $((step % 10)) in
    0 | 1 | 2) xdotool key Page_Down ;;
    3 | 4) xdotool click --repeat 3 --delay 60 5 ;;
    5) xdotool key Page_Up ;;
    6) xdotool mousemove $((500 + step % 40 * 7)) $((300 + step % 40 * 5)) ;;
    7) xdotool click --repeat 2 --delay 60 4 ;;
    8) xdotool key Home ;;
    9) xdotool mousemove $((240 + step % 60 * 8)) 145 click 1 mousemove 900 600 ;;
  esac
  sleep 0.9
done
