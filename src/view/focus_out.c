/* FOCUS cost and usage rows (FinOps Open Cost and Usage Specification), versions 1.2 and 1.4. Layer: view.
 *
 * A forecast in the shape of a bill, and marked as one: x_RecordKind is "Forecast". Purchases of servers are
 * billed in their month with an effective cost of zero; their cost comes back as usage with nothing billed,
 * evenly over the book life, as far as the horizon goes. Nulls are empty and unquoted, numbers have a point
 * and no exponent.
 */
#include "export_formats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum FocusVersion { FOCUS_1_2, FOCUS_1_4 } FocusVersion;
enum { IN_1_2 = 1 << FOCUS_1_2, IN_1_4 = 1 << FOCUS_1_4, IN_BOTH = IN_1_2 | IN_1_4 };

/* One row of the file before it is written. */
typedef struct FocusRow {
    const Postings *postings;
    int option, month;
    DriverId driver;
    double quantity;
    Micros billed, effective;
    const char *charge; /* ChargeCategory */
} FocusRow;

static const OptionInputs *option_of(const FocusRow *row)
{
    return &row->postings->resolved->inputs.options[row->option];
}

static void put_text(CsvOut *csv, const char *text)
{
    if (text[0] != '\0') {
        csv_out_text(csv, text);
    } else {
        csv_out_null(csv);
    }
}

/* Nothing is "0": rules of the specification that ask for 0 are also checked as text. */
static void put_money(CsvOut *csv, Micros amount)
{
    char text[MICROS_BYTES] = "0";
    if (amount.micro_usd != 0) micros_format(amount, text);
    csv_out_decimal(csv, text);
}

static void put_month(CsvOut *csv, const FocusRow *row, int later)
{
    char date[16], text[40];
    date_format(date_of_month(row->postings->resolved->inputs.start + row->month + later), date);
    snprintf(text, sizeof text, "%sT00:00:00Z", date);
    csv_out_text(csv, text);
}

static void put_billed(CsvOut *csv, const FocusRow *row)
{
    put_money(csv, row->billed);
}
static void put_effective(CsvOut *csv, const FocusRow *row)
{
    put_money(csv, row->effective);
}
static void put_start(CsvOut *csv, const FocusRow *row)
{
    put_month(csv, row, 0);
}
static void put_end(CsvOut *csv, const FocusRow *row)
{
    put_month(csv, row, 1);
}
static void put_currency(CsvOut *csv, const FocusRow *row)
{
    csv_out_text(csv, row->postings->resolved->inputs.currency);
}
static void put_rate(CsvOut *csv, const FocusRow *row)
{
    csv_out_number(csv, row->postings->resolved->inputs.currency_per_usd);
}
static void put_rate_date(CsvOut *csv, const FocusRow *row)
{
    char day[16];
    const Resolved *resolved = row->postings->resolved;
    if (resolved->fx.text == NULL) {
        csv_out_null(csv);
        return;
    }
    date_format(resolved->fx_date, day);
    csv_out_text(csv, day);
}
static void put_null(CsvOut *csv, const FocusRow *row)
{
    (void)row;
    csv_out_null(csv);
}
static void put_charge(CsvOut *csv, const FocusRow *row)
{
    csv_out_text(csv, row->charge);
}
static void put_account_name(CsvOut *csv, const FocusRow *row)
{
    csv_out_text(csv, option_of(row)->name);
}
static void put_kind(CsvOut *csv, const FocusRow *row)
{
    (void)row;
    csv_out_text(csv, "Forecast");
}
static void put_driver(CsvOut *csv, const FocusRow *row)
{
    csv_out_text(csv, cost_drivers[row->driver].name);
}

/* With a letter: readers take ids of digits for numbers. */
static void put_account_id(CsvOut *csv, const FocusRow *row)
{
    char id[32];
    snprintf(id, sizeof id, "plan-%d", row->option + 1);
    csv_out_text(csv, id);
}

static const CategoryRow *category_of(const FocusRow *row)
{
    return &cost_categories[cost_drivers[row->driver].category];
}

static void put_category(CsvOut *csv, const FocusRow *row)
{
    csv_out_text(csv, category_of(row)->name);
}
static void put_service(CsvOut *csv, const FocusRow *row)
{
    csv_out_text(csv, category_of(row)->focus_service);
}
static void put_service_name(CsvOut *csv, const FocusRow *row)
{
    csv_out_text(csv, category_of(row)->doc);
}
static void put_ledger_account(CsvOut *csv, const FocusRow *row)
{
    char id[32];
    snprintf(id, sizeof id, "gl-%s", category_of(row)->account);
    csv_out_text(csv, id);
}

static void put_description(CsvOut *csv, const FocusRow *row)
{
    char text[256];
    snprintf(text, sizeof text, "%s: %s of %s", option_of(row)->name, cost_drivers[row->driver].name,
             category_of(row)->doc);
    csv_out_text(csv, text);
}

static void put_scenario(CsvOut *csv, const FocusRow *row)
{
    put_text(csv, row->postings->resolved->inputs.name);
}

/* Who sells: known for tokens and rented GPUs; the rest is the organisation's own cost. */
static void put_provider(CsvOut *csv, const FocusRow *row)
{
    const OptionInputs *option = option_of(row);
    CategoryId category = cost_drivers[row->driver].category;
    const char *name = "";
    if (category == CATEGORY_API_TOKENS) name = option->api.provider;
    if (category == CATEGORY_COMPUTE_RENT) name = option->rent.provider;
    if (category == CATEGORY_NETWORK) name = option->network.provider;
    csv_out_text(csv, name[0] != '\0' ? name : "Own organisation");
}

static void put_quantity(CsvOut *csv, const FocusRow *row)
{
    csv_out_number(csv, row->quantity);
}

/* Units as FOCUS writes them: whole words, capitalised, plural. */
static void put_unit(CsvOut *csv, const FocusRow *row)
{
    static const struct {
        const char *ours, *focus;
    } units[] = {
        {"GPU-h", "GPU-Hours"},
        {"servers", "Servers"},
        {"kW", "kW-Months"},
        {"kWh", "kWh"},
        {"req", "Requests"},
        {"GB", "GB"},
        {"GB-mo", "GB-Months"},
        {"mo", "Months"},
        {"hosts", "Hosts"},
        {"upgrades", "Upgrades"},
        {"migrations", "Migrations"},
        {"FTE", "FTE-Months"},
        {"moves", "Moves"},
        {"once", "Units"},
        {"USD", "USD"},
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(units[i].ours, cost_drivers[row->driver].unit) != 0) continue;
        csv_out_text(csv, units[i].focus);
        return;
    }
    csv_out_text(csv, cost_drivers[row->driver].unit);
}

typedef struct FocusColumn {
    const char *name;
    unsigned versions;
    void (*put)(CsvOut *csv, const FocusRow *row);
} FocusColumn;

/* FOCUS columns in alphabetical order, then our own. */
static const FocusColumn columns[] = {
    {"BilledCost", IN_BOTH, put_billed},
    {"BillingAccountId", IN_BOTH, put_account_id},
    {"BillingAccountName", IN_BOTH, put_account_name},
    {"BillingCurrency", IN_BOTH, put_currency},
    {"BillingPeriodEnd", IN_BOTH, put_end},
    {"BillingPeriodStart", IN_BOTH, put_start},
    {"ChargeCategory", IN_BOTH, put_charge},
    {"ChargeClass", IN_BOTH, put_null},
    {"ChargeDescription", IN_BOTH, put_description},
    {"ChargePeriodEnd", IN_BOTH, put_end},
    {"ChargePeriodStart", IN_BOTH, put_start},
    {"ContractedCost", IN_BOTH, put_billed},
    {"EffectiveCost", IN_BOTH, put_effective},
    {"HostProviderName", IN_1_4, put_provider},
    {"InvoiceIssuerName", IN_BOTH, put_provider},
    {"ListCost", IN_BOTH, put_billed},
    {"PricingQuantity", IN_BOTH, put_quantity},
    {"PricingUnit", IN_BOTH, put_unit},
    {"ProviderName", IN_1_2, put_provider},
    {"PublisherName", IN_1_2, put_provider},
    {"ServiceCategory", IN_BOTH, put_service},
    {"ServiceName", IN_BOTH, put_service_name},
    {"ServiceProviderName", IN_1_4, put_provider},
    {"x_Category", IN_BOTH, put_category},
    {"x_Driver", IN_BOTH, put_driver},
    {"x_ExchangeRateDate", IN_BOTH, put_rate_date},
    {"x_ExchangeRatePerUsd", IN_BOTH, put_rate},
    {"x_LedgerAccount", IN_BOTH, put_ledger_account},
    {"x_RecordKind", IN_BOTH, put_kind},
    {"x_Scenario", IN_BOTH, put_scenario},
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

static void write_row(CsvOut *csv, FocusVersion version, const FocusRow *row)
{
    for (int i = 0; i < N_COLUMNS; i++)
        if ((columns[i].versions & 1u << version) != 0) columns[i].put(csv, row);
    csv_out_end_line(csv);
}

static const char *charge_of(DriverId driver)
{
    switch (cost_drivers[driver].category) {
    case CATEGORY_COMPUTE_CAPEX:
        return "Purchase";
    case CATEGORY_RESIDUAL:
        return "Adjustment";
    /* Work that is used up in its month; the cost of a purchase would only take effect later. */
    case CATEGORY_SETUP:
    case CATEGORY_SWITCHING:
    case CATEGORY_COMPUTE_RENT:
    case CATEGORY_COLO_POWER:
    case CATEGORY_MAINTENANCE:
    case CATEGORY_API_TOKENS:
    case CATEGORY_NETWORK:
    case CATEGORY_STORAGE:
    case CATEGORY_OBSERVABILITY:
    case CATEGORY_EVALUATION:
    case CATEGORY_STAFFING:
    case CATEGORY_SECURITY:
    case CATEGORY_LICENCE:
    case CATEGORY_OPTIONALITY:
    case N_CATEGORIES:
        break;
    }
    return "Usage";
}

static void write_amortisation(CsvOut *csv, FocusVersion version, const Postings *postings,
                               const Posting *purchase)
{
    const Inputs *inputs = &postings->resolved->inputs;
    int life = inputs->options[purchase->option].own.book_life_months;
    for (int k = 0; k < life && purchase->month + k < inputs->horizon_months; k++) {
        FocusRow row = {.postings = postings,
                        .option = purchase->option,
                        .month = purchase->month + k,
                        .driver = purchase->driver,
                        .quantity = purchase->quantity,
                        .charge = "Usage"};
        row.effective.micro_usd =
            micros_used_up(purchase->amount, k + 1, life) - micros_used_up(purchase->amount, k, life);
        write_row(csv, version, &row);
    }
}

static bool write_focus(ExportRequest *request, FocusVersion version, Text *out)
{
    const Postings *postings = request->postings;
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    csv.is_unguarded = request->is_unguarded;
    for (int i = 0; i < N_COLUMNS; i++)
        if ((columns[i].versions & 1u << version) != 0) csv_out_text(&csv, columns[i].name);
    csv_out_end_line(&csv);
    for (int i = 0; i < postings->n; i++) {
        const Posting *posting = &postings->items[i];
        bool is_asset = cost_drivers[posting->driver].category == CATEGORY_COMPUTE_CAPEX;
        FocusRow row = {.postings = postings,
                        .option = posting->option,
                        .month = posting->month,
                        .driver = posting->driver,
                        .quantity = posting->quantity,
                        .billed = posting->amount,
                        .effective = posting->amount,
                        .charge = charge_of(posting->driver)};
        if (is_asset) row.effective = (Micros){0};
        write_row(&csv, version, &row);
        if (is_asset) write_amortisation(&csv, version, postings, posting);
    }
    request->n_guarded = csv.n_guarded;
    return true;
}

bool export_focus_1_2(ExportRequest *request, Text *out, Err *err)
{
    (void)err;
    return write_focus(request, FOCUS_1_2, out);
}

bool export_focus_1_4(ExportRequest *request, Text *out, Err *err)
{
    (void)err;
    return write_focus(request, FOCUS_1_4, out);
}
