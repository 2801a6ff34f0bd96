/* tokentco: total cost of ownership of LLM inference, self-hosted or rented by the token.
 *
 * Library set-up, then the command table.
 */
#include "tokentco/cli.h"
#include "tokentco/tui.h"

#include <gsl/gsl_errno.h>
#include <locale.h>
#include <signal.h>

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
    return cli_main(argc, argv, &hooks);
}
