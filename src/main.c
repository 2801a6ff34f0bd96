/* tokentco: total cost of ownership of LLM inference, self-hosted or rented by the token.
 *
 * Library set-up, then the command table.
 */
#include "tokentco/cli.h"
#include "tokentco/err.h"
#include "tokentco/tui.h"

#include <errno.h>
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* What was printed along the way is only out when the stream is: a full disk shows here at the latest. */
static int close_output(int status)
{
    bool was_broken = ferror(stdout) != 0;
    if (fflush(stdout) == 0 && !was_broken) return status;
    if (status == ERR_NONE || status == ERR_NO) {
        fprintf(stderr, "tokentco: cannot write to standard output: %s\n", strerror(errno));
        status = ERR_IO;
    }
    return status;
}

int main(int argc, char **argv)
{
    /* GSL would end the process on a bad bracket; its return codes are checked instead. */
    gsl_set_error_handler_off();
    setlocale(LC_ALL, "");
    /* A comma as decimal point would spoil every CSV and every number read. */
    setlocale(LC_NUMERIC, "C");
    /* A file beyond the size limit is a failed write with a message, not a death without one. */
    signal(SIGXFSZ, SIG_IGN);
    static const CliHooks hooks = {.tui = tui_main, .tui_manual = tui_manual_add};
    return close_output(cli_main(argc, argv, &hooks));
}
