/* Journals of plain-text accounting: ledger, hledger and beancount. Layer: view.
 *
 * One balanced transaction per option and month, on its last day: each driver is debited, what is owed is
 * credited. The options are alternatives, so each has accounts of its own. Purchases of servers and their
 * resale value go through an asset, everything else through expenses. Account names are those that all three
 * programs accept.
 */
#include "export_formats.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { ACCOUNT_BYTES = 160, AMOUNT_COLUMN = 70 };

/* "3-llama-70b-on-2xH100-rented": the number makes it unique, the rest readable. */
static void option_account(const Inputs *inputs, int option, char out[ACCOUNT_BYTES])
{
    int used = snprintf(out, ACCOUNT_BYTES, "%d", option + 1);
    bool is_gap = true;
    for (const char *at = inputs->options[option].name; *at != '\0' && used < ACCOUNT_BYTES - 2; at++) {
        bool is_word = isascii((unsigned char)*at) && isalnum((unsigned char)*at);
        if (is_word && is_gap) out[used++] = '-';
        if (is_word) out[used++] = *at;
        is_gap = !is_word;
    }
    out[used] = '\0';
}

/* "compute_rent" to "Compute-Rent". */
static void words_account(const char *name, char out[64])
{
    size_t n = 0;
    bool is_start = true;
    for (; *name != '\0' && n < 63; name++) {
        out[n++] = *name == '_' ? '-' : (char)(is_start ? toupper((unsigned char)*name) : *name);
        is_start = *name == '_';
    }
    out[n] = '\0';
}

static void line_account(const Inputs *inputs, int option, DriverId driver, char out[2 * ACCOUNT_BYTES])
{
    char owner[ACCOUNT_BYTES], category[64], name[64];
    CategoryId id = cost_drivers[driver].category;
    option_account(inputs, option, owner);
    words_account(cost_categories[id].name, category);
    words_account(cost_drivers[driver].name, name);
    bool is_asset = id == CATEGORY_COMPUTE_CAPEX || id == CATEGORY_RESIDUAL;
    if (is_asset) {
        snprintf(out, 2 * ACCOUNT_BYTES, "Assets:%s:Servers", owner);
    } else {
        snprintf(out, 2 * ACCOUNT_BYTES, "Expenses:%s:%s:%s", owner, category, name);
    }
}

static void add_line(Text *out, const Inputs *inputs, const char *account, Micros amount, const char *comment)
{
    char text[MICROS_BYTES];
    micros_format(amount, text);
    int gap = AMOUNT_COLUMN - (int)strlen(account) - (int)strlen(text);
    text_addf(out, "    %s%*s%s %s", account, gap > 2 ? gap : 2, "", text, inputs->currency);
    if (comment[0] != '\0') text_addf(out, "  ; %s", comment);
    text_add(out, "\n");
}

/* The last day of a month of the horizon. */
static void month_end(const Inputs *inputs, int month, char out[16])
{
    date_format(date_of_month(inputs->start + month + 1) - 1, out);
}

/* One transaction from the postings [first, last); all of one option and month. */
static void add_transaction(const Postings *postings, int first, int last, bool is_beancount, Text *out)
{
    const Inputs *inputs = &postings->resolved->inputs;
    const Posting *head = &postings->items[first];
    char date[16], owner[ACCOUNT_BYTES], payable[2 * ACCOUNT_BYTES], number[32];
    month_end(inputs, head->month, date);
    option_account(inputs, head->option, owner);
    snprintf(payable, sizeof payable, "Liabilities:%s:Payable", owner);
    if (is_beancount) {
        text_addf(out, "\n%s * \"forecast\" \"%s\"\n", date, owner);
    } else {
        text_addf(out, "\n%s * forecast %s\n", date, owner);
    }
    Micros owed = {0};
    for (int i = first; i < last; i++) {
        const Posting *posting = &postings->items[i];
        char account[2 * ACCOUNT_BYTES], comment[96];
        line_account(inputs, posting->option, posting->driver, account);
        number_format(posting->quantity, number, sizeof number);
        snprintf(comment, sizeof comment, "%s %s", number, cost_drivers[posting->driver].unit);
        add_line(out, inputs, account, posting->amount, comment);
        owed.micro_usd -= posting->amount.micro_usd;
    }
    add_line(out, inputs, payable, owed, "");
}

static void add_transactions(const Postings *postings, bool is_beancount, Text *out)
{
    for (int first = 0, last; first < postings->n; first = last) {
        const Posting *head = &postings->items[first];
        for (last = first + 1; last < postings->n; last++)
            if (postings->items[last].option != head->option || postings->items[last].month != head->month)
                break;
        add_transaction(postings, first, last, is_beancount, out);
    }
}

/* Calls `add` once for each account that is used. */
static void each_account(const Postings *postings, void (*add)(Text *, const Inputs *, const char *),
                         Text *out)
{
    const Inputs *inputs = &postings->resolved->inputs;
    for (int option = 0; option < inputs->n_options; option++) {
        bool is_used[N_DRIVERS] = {false}, is_any = false, has_servers = false;
        for (int i = 0; i < postings->n; i++) {
            if (postings->items[i].option != option) continue;
            is_used[postings->items[i].driver] = true;
            is_any = true;
        }
        char account[2 * ACCOUNT_BYTES], owner[ACCOUNT_BYTES];
        for (int d = 0; d < N_DRIVERS; d++) {
            if (!is_used[d]) continue;
            line_account(inputs, option, (DriverId)d, account);
            bool is_servers = strncmp(account, "Assets:", strlen("Assets:")) == 0;
            if (!is_servers || !has_servers) add(out, inputs, account);
            has_servers = has_servers || is_servers;
        }
        if (!is_any) continue;
        option_account(inputs, option, owner);
        snprintf(account, sizeof account, "Liabilities:%s:Payable", owner);
        add(out, inputs, account);
    }
}

static void declare_ledger(Text *out, const Inputs *inputs, const char *account)
{
    (void)inputs;
    text_addf(out, "account %s\n", account);
}

static void open_beancount(Text *out, const Inputs *inputs, const char *account)
{
    char date[16];
    date_format(date_of_month(inputs->start), date);
    text_addf(out, "%s open %s %s\n", date, account, inputs->currency);
}

static void add_head(const Postings *postings, Text *out)
{
    char as_of[16];
    date_format(postings->resolved->as_of, as_of);
    text_addf(out, "; tokentco " TOKENTCO_VERSION ", a forecast, not a bill; prices as of %s; scenario %s\n",
              as_of, postings->resolved->sha256);
}

bool export_ledger_journal(ExportRequest *request, Text *out, Err *err)
{
    (void)err;
    add_head(request->postings, out);
    const char *currency = request->postings->resolved->inputs.currency;
    text_addf(out, "commodity %s\n    format 1000.000000 %s\n\n", currency, currency);
    each_account(request->postings, declare_ledger, out);
    add_transactions(request->postings, false, out);
    return true;
}

bool export_beancount(ExportRequest *request, Text *out, Err *err)
{
    (void)err;
    add_head(request->postings, out);
    text_addf(out, "option \"operating_currency\" \"%s\"\n\n", request->postings->resolved->inputs.currency);
    each_account(request->postings, open_beancount, out);
    add_transactions(request->postings, true, out);
    return true;
}
