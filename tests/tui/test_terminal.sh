#!/usr/bin/env bash
# The terminal app in a real terminal (tmux): keys, resize, suspend, signals, crash and recovery.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/lib.sh
. tests/lib.sh
command -v tmux >/dev/null || { ok "tmux is not here: skipped"; exit 0; }

socket=tokentco-test-$$
mux() { tmux -L "$socket" -f /dev/null "$@"; }
end() {
    mux kill-server 2>/dev/null
    finish
}
trap end EXIT
cp scenarios/reference/S0.json "$TMP/s0.json"
mux new-session -d -s t -x 100 -y 30 "env LC_ALL=C.UTF-8 XDG_STATE_HOME=$TMP/state PS1='shell> ' TERM=screen-256color bash --norc"

press() { mux send-keys -t t "$@"; }
screen() { mux capture-pane -p -t t; }
# Waits until the screen holds (or, with !, no longer holds) a text.
wait_for() {
    local text=$1 tries=100
    while [ $((tries -= 1)) -gt 0 ]; do
        case $(screen) in *"$text"*) return 0 ;; esac
        sleep 0.05
    done
    return 1
}
shows() { if wait_for "$2"; then ok "$1"; else not_ok "$1" "no '$2' in: $(screen)"; fi; }
program() { pgrep -n -P "$(mux display-message -p -t t '#{pane_pid}')"; }

press "$T tui $TMP/s0.json" Enter
shows "the app starts" "Assumptions that matter"
press Tab + +
shows "a step shows" "S0*"
mux resize-window -t t -x 130 -y 45
shows "a larger window shows both charts" "Cumulative cost"
mux resize-window -t t -x 50 -y 12
shows "a tiny window says what it needs" "need 60x16"
mux resize-window -t t -x 100 -y 30
shows "and back" "Assumptions that matter"
press C-z
shows "Ctrl-Z gives the shell" "Stopped"
press "clear; echo back-in-shell" Enter
shows "the shell works meanwhile" "back-in-shell"
press fg Enter
shows "fg draws it all again" "Assumptions that matter"
case $(screen) in *back-in-shell*) not_ok "nothing of the shell stays" "$(screen)" ;; *) ok "nothing of the shell stays" ;; esac
press q
shows "leaving with edits asks" "unsaved edits"
press n
press :
shows "the palette lists commands" "go to a screen"
press Escape
sed -i 's/"horizon_months": *36/"horizon_months": 24/; s/^{/{ /' "$TMP/s0.json"
shows "a change of the file is announced" "changed on disk"
press R
shows "reload shows what would change" "/horizon_months: 36 mo -> 24 mo"
press y
shows "and reads it when told" "read again"
press u u u q
wait_for "unsaved edits" && press y
shows "leaving gives the shell" "shell> "

# The clipboard of the terminal (OSC 52), themes, colours, long work in the background.
mux set-option -g set-clipboard on
cp scenarios/reference/S0.json "$TMP/s0.json"
press "clear; env -u NO_COLOR $T tui $TMP/s0.json" Enter
shows "it starts with colour" "Assumptions that matter"
press y
shows "y copies" "copied"
has "the terminal has what was copied" "plan,kind,feasible" "$(mux show-buffer)"
has "256 colours where the terminal has them" "38;5;" "$(mux capture-pane -pe -t t)"
press T
shows "T changes the theme" "theme light"
press T T
shows "and again" "theme mono"
case $(mux capture-pane -pe -t t) in *"[38;5;"*) not_ok "mono has no colour" ;; *) ok "mono has no colour" ;; esac
press 0 r
shows "a benchmark runs in the background" "c cancels"
press 7 a
shows "while it does, the rest works" "an event to start from"
press 0 c
shows "and it is cancelled" "cancelled"
kill -KILL "$(program)"
shows "killed in the middle" "illed"
press "stty sane; tput rmcup; clear" Enter
press "$T tui --recover" Enter
shows "an added event is recovered" "recovered: 1 edits"
press 7
shows "with all that it says" "everywhere: -20 %"
press q y
shows "and left" "shell> "
press "clear; NO_COLOR=1 $T tui $TMP/s0.json" Enter
shows "NO_COLOR is heard" "Assumptions that matter"
case $(mux capture-pane -pe -t t) in *"[38;5;"* | *"[3"[1-7]m*) not_ok "no colour then" ;; *) ok "no colour then" ;; esac
press q
shows "left again" "shell>"

# 24 bits: of a terminal whose terminfo says so; of one whose palette can be set; else 256.
mkdir -p "$TMP/terminfo"
{
    printf 'probe-direct|a terminal of 24 bits,\n\tRGB, colors#0x1000000, pairs#0x7FFF,\n'
    printf '\tsetaf=\\E[38;2;%%p1%%{65536}%%/%%d;%%p1%%{256}%%/%%{255}%%&%%d;%%p1%%{255}%%&%%dm,\n'
    printf '\tsetab=\\E[48;2;%%p1%%{65536}%%/%%d;%%p1%%{256}%%/%%{255}%%&%%d;%%p1%%{255}%%&%%dm,\n'
    printf '\tuse=screen-256color,\n'
} >"$TMP/probe"
tic -x -o "$TMP/terminfo" "$TMP/probe"
press "clear; env -u NO_COLOR TERMINFO=$TMP/terminfo TERM=probe-direct $T tui $TMP/s0.json" Enter
wait_for "Assumptions that matter"
has "24 bits where terminfo has RGB: the first curve in its exact colour" "38;2;15;139;141" "$(mux capture-pane -pe -t t)"
press q
wait_for "shell>"
press "clear; env -u NO_COLOR COLORTERM=truecolor TERM=xterm-256color script -qc '$T tui $TMP/s0.json' $TMP/typescript" Enter
wait_for "Assumptions that matter"
press q
wait_for "shell>"
palette=$(tr -d '\n' <"$TMP/typescript" | grep -ao ']4;37;rgb:[0-9A-Fa-f/]*\|]104' | tr '\n' ' ')
has "24 bits where the palette can be set" "]4;37;rgb:0F/8B/8D" "$palette"
has "and it is given back" "]104" "$palette"
press "clear; env -u NO_COLOR COLORTERM=truecolor $T tui $TMP/s0.json" Enter
wait_for "Assumptions that matter"
has "else 256 colours" "38;5;37" "$(mux capture-pane -pe -t t)"
press q
wait_for "shell>"

press "$T tui $TMP/s0.json" Enter
shows "it starts again" "Assumptions that matter"
press Tab + + +
wait_for "S0*"
kill -KILL "$(program)"
shows "killed" "illed" # the line may wrap
press "stty sane; tput rmcup; clear" Enter
press "$T tui --recover" Enter
shows "recovery does the edits again" "recovered: 3 edits"
kill -TERM "$(program)"
sleep 0.3
press "clear; stty -a | grep -o ' -*icanon'" Enter
shows "SIGTERM restores the terminal" " icanon"
press "$T tui --recover" Enter
shows "what SIGTERM cut off is kept too" "recovered: 3 edits"
kill -SEGV "$(program)"
sleep 0.3
press "clear; stty -a | grep -o ' -*icanon'" Enter
shows "SIGSEGV restores the terminal" " icanon"
press "TERM=no-such-terminal $T tui $TMP/s0.json" Enter
shows "an unknown terminal falls back" "Assumptions that matter"
# User and system time in ticks. Work begun before goes on for a while: some second must pass without a tick.
ticks() { awk '{print $14 + $15}' "/proc/$(program)/stat"; }
idle_seconds=0
for _ in $(seq 30); do
    before=$(ticks)
    sleep 1
    if [ "$before" = "$(ticks)" ]; then
        idle_seconds=1
        break
    fi
done
same "idle takes no processor time" 1 "$idle_seconds"
press q
wait_for "shell>"
press "clear; LC_ALL=C NO_COLOR=1 $T tui $TMP/s0.json" Enter
shows "LANG=C draws with ASCII" "+ Plans ---"
press q
