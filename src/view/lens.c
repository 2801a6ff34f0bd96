/* Costs through other lenses: accrual, marginal. Layer: view.
 *
 * All in whole micros, so that an accrual ledger sums to the cash exactly: depreciation is the difference of
 * what is used up, interest is what is owed more after each payment, and the last month takes the rest.
 */
#include "tokentco/postings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENS_ROW(id, name, doc) [LENS_##id] = {name, doc},
const LensRow cost_lenses[N_LENSES] = {COST_LENSES(LENS_ROW)};

bool lens_parse(const char *name, Lens *out, Err *err)
{
    for (int i = 0; i < N_LENSES; i++) {
        if (strcmp(cost_lenses[i].name, name) != 0) continue;
        *out = (Lens)i;
        return true;
    }
    return err_set(err, ERR_USAGE, "'%.40s' is not one of cash, accrual, marginal", name);
}

bool driver_is_marginal(DriverId driver)
{
    static const bool is_marginal[N_DRIVERS] = {
        [DRIVER_RENT_ON_DEMAND] = true,   [DRIVER_RENT_SPOT] = true,
        [DRIVER_ELECTRICITY] = true,      [DRIVER_API_USAGE] = true,
        [DRIVER_API_BATCH] = true,        [DRIVER_EGRESS] = true,
        [DRIVER_INTER_ZONE] = true,       [DRIVER_NAT] = true,
        [DRIVER_LOG_STORAGE] = true,      [DRIVER_LOG_INGEST] = true,
        [DRIVER_HOST_MONITORING] = true,  [DRIVER_DRIFT_MONITORING] = true,
        [DRIVER_GUARDRAIL] = true,        [DRIVER_PRESENT_API_BILL] = true,
        [DRIVER_PRESENT_GPU_BILL] = true,
    };
    return is_marginal[driver];
}

int64_t micros_used_up(Micros price, int k, int life)
{
    return k >= life ? price.micro_usd : price.micro_usd / life * k + price.micro_usd % life * k / life;
}

/* One option's books while they are written. */
typedef struct Books {
    const Postings *cash;
    const Workspace *workspace;
    int option, n_months;
    Micros *sums; /* [driver * n_months + month] */
} Books;

static Micros *at(const Books *books, DriverId driver, int month)
{
    return &books->sums[(int)driver * books->n_months + month];
}

static void sum_cash(Books *books)
{
    memset(books->sums, 0, (size_t)N_DRIVERS * (size_t)books->n_months * sizeof *books->sums);
    for (int i = 0; i < books->cash->n; i++) {
        const Posting *posting = &books->cash->items[i];
        if (posting->option == books->option)
            at(books, posting->driver, posting->month)->micro_usd += posting->amount.micro_usd;
    }
}

/* Spreads a purchase over its life from its month on; returns what the books still hold at the end. */
static int64_t depreciate(Books *books, DriverId driver, int month, Micros price, int life)
{
    int last = 0;
    for (int k = 0; k < life && month + k < books->n_months; k++) {
        at(books, driver, month + k)->micro_usd +=
            micros_used_up(price, k + 1, life) - micros_used_up(price, k, life);
        last = k + 1;
    }
    return price.micro_usd - micros_used_up(price, last, life);
}

/* Interest by month in the place of payments: what is owed grows by it, and is nothing after the last one. */
static void accrue_loans(Books *books, const Own *own, const OptionResult *result, double currency_per_usd)
{
    double rate = pow(1.0 + own->loan_rate_per_year, 1.0 / 12.0) - 1.0;
    int64_t owed = 0;
    for (int m = 0; m < books->n_months; m++) {
        owed += micros_of_usd(result->months[m].financed_usd * currency_per_usd).micro_usd;
        int64_t paid = at(books, DRIVER_LOAN_PAYMENT, m)->micro_usd,
                balance = at(books, DRIVER_LOAN_BALANCE, m)->micro_usd;
        int64_t interest = llrint((double)owed * rate);
        if (m == books->n_months - 1) interest = paid + balance - owed;
        *at(books, DRIVER_LOAN_PAYMENT, m) = (Micros){interest};
        *at(books, DRIVER_LOAN_BALANCE, m) = (Micros){0};
        owed += interest - paid;
    }
}

static void accrue(Books *books)
{
    static const DriverId purchases[] = {DRIVER_SERVER_PURCHASE, DRIVER_SERVER_SETUP, DRIVER_EDGE_PURCHASE};
    const Inputs *inputs = &books->cash->resolved->inputs;
    const Own *own = &inputs->options[books->option].own;
    const OptionResult *result = workspace_result(books->workspace, books->option);
    int64_t held = 0;
    for (size_t p = 0; p < sizeof purchases / sizeof *purchases; p++) {
        /* Edge boxes have no resale: nothing is left of them at the end. */
        bool is_edge = purchases[p] == DRIVER_EDGE_PURCHASE;
        /* From the last month back, so that what is spread is not taken for a purchase. */
        for (int m = books->n_months - 1; m >= 0; m--) {
            Micros price = *at(books, purchases[p], m);
            int life = own->book_life_months, left = books->n_months - m;
            *at(books, purchases[p], m) = (Micros){0};
            if (purchases[p] == DRIVER_SERVER_PURCHASE)
                price.micro_usd +=
                    micros_of_usd(result->months[m].financed_usd * inputs->currency_per_usd).micro_usd;
            if (price.micro_usd == 0) continue;
            held += depreciate(books, purchases[p], m, price, is_edge && life > left ? left : life);
        }
    }
    accrue_loans(books, own, result, inputs->currency_per_usd);
    at(books, DRIVER_RESIDUAL_VALUE, books->n_months - 1)->micro_usd += held;
}

static void add_posting(Postings *out, int option, int month, DriverId driver, Micros amount)
{
    out->items[out->n++] = (Posting){.option = option,
                                     .month = month,
                                     .driver = driver,
                                     .quantity = 1.0,
                                     .unit_price_usd = (double)amount.micro_usd / MICROS_PER_USD,
                                     .amount = amount};
    out->option_totals[option].micro_usd += amount.micro_usd;
}

static bool is_respread(DriverId driver)
{
    return cost_drivers[driver].category == CATEGORY_COMPUTE_CAPEX || driver == DRIVER_RESIDUAL_VALUE;
}

/* Lines that stay as they are keep their quantity and price; the others are one line a driver and month. */
static void write_accrual(const Books *books, Postings *out)
{
    for (int m = 0; m < books->n_months; m++) {
        for (int i = 0; i < books->cash->n; i++) {
            const Posting *posting = &books->cash->items[i];
            if (posting->option != books->option || posting->month != m || is_respread(posting->driver))
                continue;
            out->items[out->n++] = *posting;
            out->option_totals[books->option].micro_usd += posting->amount.micro_usd;
        }
        for (int d = 0; d < N_DRIVERS; d++)
            if (is_respread((DriverId)d) && at(books, (DriverId)d, m)->micro_usd != 0)
                add_posting(out, books->option, m, (DriverId)d, *at(books, (DriverId)d, m));
    }
}

bool postings_view(const Postings *cash, const Workspace *workspace, Lens lens, Postings *out, Err *err)
{
    const Inputs *inputs = &cash->resolved->inputs;
    size_t n_months = (size_t)inputs->horizon_months;
    Books books = {.cash = cash, .workspace = workspace, .n_months = inputs->horizon_months};
    *out = (Postings){.lens = lens, .resolved = cash->resolved};
    size_t most = (size_t)cash->n + (size_t)N_DRIVERS * n_months * (size_t)inputs->n_options;
    out->items = calloc(most + 1, sizeof *out->items);
    books.sums = calloc((size_t)N_DRIVERS * n_months, sizeof *books.sums);
    if (out->items == NULL || books.sums == NULL) {
        postings_free(out);
        free(books.sums);
        return err_set(err, ERR_BUG, "out of memory");
    }
    for (int i = 0; lens != LENS_ACCRUAL && i < cash->n; i++) {
        const Posting *posting = &cash->items[i];
        if (lens == LENS_MARGINAL && !driver_is_marginal(posting->driver)) continue;
        out->items[out->n++] = *posting;
        out->option_totals[posting->option].micro_usd += posting->amount.micro_usd;
    }
    for (int o = 0; lens == LENS_ACCRUAL && o < inputs->n_options; o++) {
        books.option = o;
        if (!workspace_result(workspace, o)->is_feasible) continue;
        sum_cash(&books);
        accrue(&books);
        write_accrual(&books, out);
    }
    free(books.sums);
    return true;
}
