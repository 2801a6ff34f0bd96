/* Terminal driver. Layer: tui; with paint the only user of ncurses. */
#include "tui/term.h"

#include "tui/paint.h"

#include <errno.h>
#include <langinfo.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { ESCAPE_DELAY_MS = 25, SIGNAL_STACK_BYTES = 1 << 16, WATCH_BYTES = 4096 };

static struct termios saved_terminal;
static volatile sig_atomic_t is_terminal_ours, was_stopped, was_ended;

/* Leaves the alternate screen, shows the cursor, ends mouse reports and attributes: only write() and
 * tcsetattr(), which a signal handler may call. */
static void restore_raw(void)
{
    static const char reset[] = "\033[?1006l\033[?1002l\033[?1000l\033[0m\033[?25h\033[?1049l";
    if (!is_terminal_ours) return;
    is_terminal_ours = 0;
    const char *palette = paint_reset();
    ssize_t n = write(STDOUT_FILENO, reset, sizeof reset - 1);
    if (palette[0] != '\0') n = write(STDOUT_FILENO, palette, strlen(palette));
    (void)n;
    tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
}

static void on_crash(int signal_number)
{
    restore_raw();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void on_continue(int signal_number)
{
    (void)signal_number;
    was_stopped = 1;
}

static void on_end(int signal_number)
{
    was_ended = signal_number;
}

static void catch_signals(void)
{
    /* A stack overflow leaves no stack to run the handler on. */
    static unsigned char stack_memory[SIGNAL_STACK_BYTES];
    stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof stack_memory};
    sigaltstack(&stack, NULL);
    struct sigaction crash = {.sa_handler = on_crash, .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGQUIT};
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) sigaction(deadly[i], &crash, NULL);
    struct sigaction end = {.sa_handler = on_end};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    struct sigaction resume = {.sa_handler = on_continue};
    sigaction(SIGCONT, &resume, NULL);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
}

bool term_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

/* ---- frames ---- */

static void show(const Canvas *canvas)
{
    for (int y = 0; y < canvas->height; y++) {
        move(y, 0);
        for (int x = 0; x < canvas->width; x++) {
            const CanvasCell *cell = canvas_cell(canvas, x, y);
            if (cell->width == 0) continue;
            attrset(paint_attribute((Look)cell->look));
            mvaddstr(y, x, cell->bytes);
        }
    }
    attrset(A_NORMAL);
    curs_set(canvas->has_cursor ? 1 : 0);
    if (canvas->has_cursor) move(canvas->cursor_y, canvas->cursor_x);
    refresh();
}

static void set_mouse(bool is_on)
{
    mousemask(is_on ? BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED |
                          REPORT_MOUSE_POSITION
                    : 0,
              NULL);
    mouseinterval(0);
    /* ncurses asks for clicks only; a drag needs reports of motion while a button is down. */
    const char *request = is_on ? "\033[?1002h\033[?1006h" : "\033[?1002l\033[?1006l";
    ssize_t n = write(STDOUT_FILENO, request, strlen(request));
    (void)n;
}

/* OSC 52: the terminal itself copies, over ssh and inside tmux too. */
static void copy_out(App *app)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)text_str(&app->clipboard);
    size_t n = app->clipboard.n_bytes;
    Text out;
    text_init(&out);
    text_add(&out, "\033]52;c;");
    for (size_t i = 0; i < n; i += 3) {
        unsigned triple =
            (unsigned)in[i] << 16 | (i + 1 < n ? (unsigned)in[i + 1] << 8 : 0) | (i + 2 < n ? in[i + 2] : 0);
        text_add_char(&out, digits[triple >> 18 & 63], 1);
        text_add_char(&out, digits[triple >> 12 & 63], 1);
        text_add_char(&out, i + 1 < n ? digits[triple >> 6 & 63] : '=', 1);
        text_add_char(&out, i + 2 < n ? digits[triple & 63] : '=', 1);
    }
    text_add(&out, "\a");
    ssize_t written = write(STDOUT_FILENO, out.data, out.n_bytes);
    (void)written;
    text_free(&out);
    text_clear(&app->clipboard);
}

/* ---- input ---- */

static const struct {
    int code;
    Key key;
} curses_keys[] = {
    {KEY_UP, KEY_OF_UP},
    {KEY_DOWN, KEY_OF_DOWN},
    {KEY_LEFT, KEY_OF_LEFT},
    {KEY_RIGHT, KEY_OF_RIGHT},
    {KEY_PPAGE, KEY_OF_PAGE_UP},
    {KEY_NPAGE, KEY_OF_PAGE_DOWN},
    {KEY_HOME, KEY_OF_HOME},
    {KEY_END, KEY_OF_END},
    {KEY_DC, KEY_OF_DELETE},
    {KEY_IC, KEY_OF_INSERT},
    {KEY_BTAB, KEY_OF_BACK_TAB},
    {KEY_ENTER, KEY_OF_ENTER},
    {KEY_BACKSPACE, KEY_OF_BACKSPACE},
};

static Key key_of_curses(int status, wint_t code)
{
    if (status == OK) {
        if (code == '\n') return KEY_OF_ENTER;
        return code == '\b' ? KEY_OF_BACKSPACE : (Key)code;
    }
    for (size_t i = 0; i < sizeof curses_keys / sizeof curses_keys[0]; i++)
        if (curses_keys[i].code == (int)code) return curses_keys[i].key;
    if ((int)code >= KEY_F(1) && (int)code <= KEY_F(10)) return (Key)(KEY_OF_F1 + ((int)code - KEY_F(1)));
    return KEY_OF_NONE;
}

static void take_mouse(App *app)
{
    MEVENT event;
    if (getmouse(&event) != OK) return;
    MouseKind kind = (event.bstate & BUTTON1_PRESSED)    ? MOUSE_PRESS
                     : (event.bstate & BUTTON1_RELEASED) ? MOUSE_RELEASE
                     : (event.bstate & BUTTON4_PRESSED)  ? MOUSE_WHEEL_UP
                     : (event.bstate & BUTTON5_PRESSED)  ? MOUSE_WHEEL_DOWN
                                                         : MOUSE_DRAG;
    app_mouse(app, kind, event.x, event.y);
}

static void take_resize(App *app)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return;
    if (size.ws_col != COLS || size.ws_row != LINES) resizeterm(size.ws_row, size.ws_col);
    if (app->canvas->width != COLS || app->canvas->height != LINES) canvas_resize(app->canvas, COLS, LINES);
}

static void suspend(void)
{
    endwin();
    kill(0, SIGTSTP);
    was_stopped = 1;
}

/* All keys that wait, so that a burst of resizes or repeats costs one frame. */
static void take_keys(App *app)
{
    wint_t code;
    for (int status; (status = get_wch(&code)) != ERR && !app->wants_quit;) {
        if (status == KEY_CODE_YES && code == KEY_RESIZE) {
            take_resize(app);
        } else if (status == KEY_CODE_YES && code == KEY_MOUSE) {
            take_mouse(app);
        } else if (status == OK && code == (wint_t)KEY_CTRL('z')) {
            suspend();
            return;
        } else {
            Key key = key_of_curses(status, code);
            if (key != KEY_OF_NONE) app_key(app, key);
        }
    }
}

/* What was read from disk. The folders are watched, not the files: editors put a new file in place of the old
 * one. */
typedef struct Watch {
    int fd; /* -1: none */
    int scenario_folder;
    const char *path; /* of the scenario; NULL: from nowhere */
    struct stat known;
} Watch;

static int watch_add(int fd, const char *folder)
{
    return fd < 0 || folder[0] == '\0' ? -1 : inotify_add_watch(fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO);
}

static void watch_start(Watch *watch, const char *path, const PriceBook *book)
{
    *watch = (Watch){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .scenario_folder = -1, .path = path};
    watch_add(watch->fd, book->folder);
    watch_add(watch->fd, book->overlay);
    if (path == NULL) return;
    char folder[1024];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL) *slash = '\0';
    watch->scenario_folder = watch_add(watch->fd, slash != NULL ? folder : ".");
    stat(path, &watch->known);
}

static bool scenario_has_changed(Watch *watch)
{
    struct stat now;
    if (watch->path == NULL || stat(watch->path, &now) != 0) return false;
    const struct stat *known = &watch->known;
    bool is_changed = now.st_mtim.tv_sec != known->st_mtim.tv_sec ||
                      now.st_mtim.tv_nsec != known->st_mtim.tv_nsec || now.st_ino != known->st_ino;
    watch->known = now;
    return is_changed;
}

/* Takes the events that wait. True when the scenario's file or a table of prices is another one. */
static bool watch_take(Watch *watch)
{
    _Alignas(struct inotify_event) char events[WATCH_BYTES];
    bool is_price = false;
    for (ssize_t n; (n = read(watch->fd, events, sizeof events)) > 0;) {
        for (ssize_t at = 0; at < n;) {
            struct inotify_event event;
            memcpy(&event, events + at, sizeof event);
            const char *name = event.len > 0 ? events + at + sizeof event : "";
            size_t length = strlen(name);
            is_price = is_price || (event.wd != watch->scenario_folder && length > 4 &&
                                    strcmp(name + length - 4, ".csv") == 0);
            at += (ssize_t)(sizeof event + event.len);
        }
    }
    return scenario_has_changed(watch) || is_price;
}

static void loop(App *app, const TermOptions *options, Watch *watch)
{
    Theme theme = app->theme;
    bool has_mouse = app->has_mouse;
    while (!app->wants_quit && was_ended == 0) {
        if (app->theme != theme) paint_looks(theme = app->theme, options->has_colour);
        if (app->has_mouse != has_mouse) set_mouse(has_mouse = app->has_mouse);
        if (was_stopped) {
            was_stopped = 0;
            take_resize(app);
            if (has_mouse) set_mouse(true);
            /* Cells drawn by the shell meanwhile are unknown to ncurses. */
            clearok(curscr, TRUE);
        }
        if (app->wants_redraw) clearok(curscr, TRUE);
        app->wants_redraw = false;
        app_draw(app);
        show(app->canvas);
        if (app->clipboard.n_bytes > 0) copy_out(app);
        struct pollfd sources[] = {
            {STDIN_FILENO, POLLIN, 0}, {app->jobs.wake_read, POLLIN, 0}, {watch->fd, POLLIN, 0}};
        int n = poll(sources, watch->fd >= 0 ? 3 : 2, -1);
        if (n < 0 && errno != EINTR) break;
        if (n > 0 && (sources[0].revents & (POLLHUP | POLLERR)) != 0) break;
        app_tick(app);
        if (n > 0 && watch->fd >= 0 && sources[2].revents != 0 && watch_take(watch)) notice_changes(app);
        /* After a signal there may be a resize to take; get_wch does not wait. */
        take_keys(app);
    }
}

bool term_run(App *app, const TermOptions *options, Err *err)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(
            err, ERR_USAGE,
            "tui needs a terminal; `tokentco run` prints the answer, --script FILE runs without one");
    if (tcgetattr(STDIN_FILENO, &saved_terminal) != 0)
        return err_set(err, ERR_IO, "the terminal does not answer");
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (screen == NULL) screen = newterm("xterm-256color", stdout, stdin);
    if (screen == NULL) return err_set(err, ERR_USAGE, "unknown terminal '%.40s'; set TERM", getenv("TERM"));
    is_terminal_ours = 1;
    atexit(restore_raw);
    catch_signals();
    set_escdelay(ESCAPE_DELAY_MS);
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    paint_looks(app->theme, options->has_colour);
    if (app->has_mouse) set_mouse(true);
    canvas_resize(app->canvas, COLS, LINES);
    Watch watch;
    watch_start(&watch, options->watched, &app->session->book);
    loop(app, options, &watch);
    if (watch.fd >= 0) close(watch.fd);
    set_mouse(false);
    endwin();
    delscreen(screen);
    restore_raw();
    return true;
}
