/* What the `prices` commands share: opening the book, filters and days from options.
 *
 * Layer: cli, private.
 */
#ifndef CLI_PRICES_H
#define CLI_PRICES_H

#include "cli/commands.h"
#include "cli/sheet.h"
#include "tokentco/price_query.h"
#include "tokentco/price_tables.h"

/* The filter that the options make; `table` names the table, NULL: api_prices when --model or --tier is
 * given, else gpu_rental. False after a message. */
bool prices_filter(const Cli *cli, const char *table, PriceFilter *out);

/* --as-of, or today. */
Date prices_day(const Cli *cli);

/* A date or a number of an option; false after a message. An option that is not given leaves `*out` alone. */
bool prices_date(const Cli *cli, OptionId id, Date *out);
bool prices_number(const Cli *cli, OptionId id, double *out);

/* Runs a command's work with an open book (--pricing) and closes it. Returns the exit status. */
int prices_run(const Cli *cli, int (*run)(const Cli *cli, PriceBook *book));

/* The same with the tables alone whose bits (1 << kind) are set: reading all takes longer than a small
 * import. */
int prices_run_on(const Cli *cli, unsigned kinds, int (*run)(const Cli *cli, PriceBook *book));

/* Prints rows of one table, with when they hold and where they are from. */
int prices_print_rows(const Cli *cli, PriceKind kind, const PriceRow *const *rows, int n, const Text *head);

/* "groq/llama-3.3-70b/base". */
void prices_key(PriceKind kind, const PriceCell *cells, Text *out);

#endif
