/* The ledger as CSV: long, one line a posting; wide, one line a driver with the months side by side. Layer:
 * view. */
#include "export_formats.h"

#include <stdlib.h>

static const char *const long_header[] = {"scenario", "option",    "month",  "category",   "account",
                                          "driver",   "quantity",  "unit",   "unit_price", "currency",
                                          "per_usd",  "rate_date", "amount", "basis",      "source"};

static void add_header(CsvOut *csv, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) csv_out_text(csv, names[i]);
}

/* The place of a driver in the books: option, category, account, driver. */
static void add_line_name(CsvOut *csv, const Inputs *inputs, int option, DriverId driver)
{
    const CategoryRow *category = &cost_categories[cost_drivers[driver].category];
    csv_out_text(csv, inputs->options[option].name);
    csv_out_text(csv, category->name);
    csv_out_text(csv, category->account);
    csv_out_text(csv, cost_drivers[driver].name);
}

/* The currency with its rate and the day of that; a dollar needs none. */
static void add_currency(CsvOut *csv, const Resolved *resolved)
{
    char day[16];
    csv_out_text(csv, resolved->inputs.currency);
    csv_out_number(csv, resolved->inputs.currency_per_usd);
    if (resolved->fx.text == NULL) {
        csv_out_null(csv);
        return;
    }
    date_format(resolved->fx_date, day);
    csv_out_text(csv, day);
}

static void add_amount(CsvOut *csv, Micros amount)
{
    char text[MICROS_BYTES];
    micros_format(amount, text);
    csv_out_decimal(csv, text);
}

static void add_posting(CsvOut *csv, const Postings *postings, const Posting *posting)
{
    const Inputs *inputs = &postings->resolved->inputs;
    const CategoryRow *category = &cost_categories[cost_drivers[posting->driver].category];
    char month[16];
    month_format(inputs->start + posting->month, month);
    csv_out_text(csv, inputs->name);
    csv_out_text(csv, inputs->options[posting->option].name);
    csv_out_text(csv, month);
    csv_out_text(csv, category->name);
    csv_out_text(csv, category->account);
    csv_out_text(csv, cost_drivers[posting->driver].name);
    csv_out_number(csv, posting->quantity);
    csv_out_text(csv, cost_drivers[posting->driver].unit);
    csv_out_number(csv, posting->unit_price_usd);
    add_currency(csv, postings->resolved);
    add_amount(csv, posting->amount);
    csv_out_text(csv, cost_lenses[postings->lens].name);
    const char *source = posting_source(postings, posting);
    if (source[0] != '\0') {
        csv_out_text(csv, source);
    } else {
        csv_out_null(csv);
    }
    csv_out_end_line(csv);
}

bool export_ledger_csv(ExportRequest *request, Text *out, Err *err)
{
    (void)err;
    CsvOut csv;
    csv_out_init(&csv, out, request->dialect);
    csv.is_unguarded = request->is_unguarded;
    add_header(&csv, long_header, sizeof long_header / sizeof *long_header);
    csv_out_end_line(&csv);
    for (int i = 0; i < request->postings->n; i++)
        add_posting(&csv, request->postings, &request->postings->items[i]);
    request->n_guarded = csv.n_guarded;
    return true;
}

/* Sums of one option: [driver * n_months + month]. */
static void sum_option(const Postings *postings, int option, int n_months, Micros *sums)
{
    for (int i = 0; i < N_DRIVERS * n_months; i++) sums[i] = (Micros){0};
    for (int i = 0; i < postings->n; i++) {
        const Posting *posting = &postings->items[i];
        if (posting->option == option)
            sums[(int)posting->driver * n_months + posting->month].micro_usd += posting->amount.micro_usd;
    }
}

static void add_wide_line(CsvOut *csv, const Micros *months, int n_months)
{
    Micros total = {0};
    for (int m = 0; m < n_months; m++) {
        total.micro_usd += months[m].micro_usd;
        add_amount(csv, months[m]);
    }
    add_amount(csv, total);
    csv_out_end_line(csv);
}

static void add_wide_option(CsvOut *csv, const Postings *postings, int option, Micros *sums)
{
    const Inputs *inputs = &postings->resolved->inputs;
    int n_months = inputs->horizon_months;
    Micros *totals = sums + (int)N_DRIVERS * n_months;
    sum_option(postings, option, n_months, sums);
    for (int m = 0; m < n_months; m++) totals[m] = (Micros){0};
    bool is_any = false;
    for (int d = 0; d < N_DRIVERS; d++) {
        const Micros *months = sums + d * n_months;
        bool is_used = false;
        for (int m = 0; m < n_months; m++) {
            is_used = is_used || months[m].micro_usd != 0;
            totals[m].micro_usd += months[m].micro_usd;
        }
        if (!is_used) continue;
        is_any = true;
        csv_out_text(csv, inputs->name);
        add_line_name(csv, inputs, option, (DriverId)d);
        add_currency(csv, postings->resolved);
        add_wide_line(csv, months, n_months);
    }
    if (!is_any) return;
    csv_out_text(csv, inputs->name);
    csv_out_text(csv, inputs->options[option].name);
    csv_out_text(csv, "total");
    csv_out_null(csv);
    csv_out_null(csv);
    add_currency(csv, postings->resolved);
    add_wide_line(csv, totals, n_months);
}

bool export_wide_csv(ExportRequest *request, Text *out, Err *err)
{
    static const char *const header[] = {"scenario", "option",   "category", "account",
                                         "driver",   "currency", "per_usd",  "rate_date"};
    const Inputs *inputs = &request->postings->resolved->inputs;
    Micros *sums = calloc((size_t)(N_DRIVERS + 1) * (size_t)inputs->horizon_months, sizeof *sums);
    if (sums == NULL) return err_set(err, ERR_BUG, "out of memory");
    CsvOut csv;
    csv_out_init(&csv, out, request->dialect);
    csv.is_unguarded = request->is_unguarded;
    add_header(&csv, header, sizeof header / sizeof *header);
    for (int m = 0; m < inputs->horizon_months; m++) {
        char month[16];
        month_format(inputs->start + m, month);
        csv_out_text(&csv, month);
    }
    csv_out_text(&csv, "total");
    csv_out_end_line(&csv);
    for (int option = 0; option < inputs->n_options; option++)
        add_wide_option(&csv, request->postings, option, sums);
    request->n_guarded = csv.n_guarded;
    free(sums);
    return true;
}
