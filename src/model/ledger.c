/* Writing driver lines, and what fleets and APIs share (E31 to E34). Layer: model. */
#include "model/ledger.h"

#include <math.h>

/* Apart from ledger_pay, which runs some thousand times in an evaluation and mostly without a sink. */
static void emit(const Ledger *ledger, const DriverLine *line)
{
    const DriverLine copy = *line;
    ledger->sink->line(ledger->sink->context, &copy);
}

void ledger_pay(Ledger *ledger, DriverId driver, double quantity, double unit_price_usd, double factor)
{
    double price = unit_price_usd * ledger->inputs->currency_per_usd;
    double usd =
        driver_line_usd(&(DriverLine){.quantity = quantity, .unit_price_usd = price, .factor = factor});
    if (usd == 0.0) return;
    const DriverRow *row = &cost_drivers[driver];
    double present_usd = usd * ledger->demand->discount[row->timing];
    ledger->month->category_usd[row->category] += usd;
    ledger->month->flow_usd[row->timing] += usd;
    ledger->month->npv_usd += present_usd;
    ledger->npv_usd += present_usd;
    ledger->workspace->paid_categories |= 1U << row->category;
    if (ledger->sink != NULL && ledger->sink->line != NULL)
        emit(ledger, &(DriverLine){.option = ledger->o,
                                   .month = ledger->m,
                                   .part = ledger->part,
                                   .driver = driver,
                                   .quantity = quantity,
                                   .unit_price_usd = price,
                                   .factor = factor});
}

bool ledger_tells(const Ledger *ledger)
{
    return ledger->sink != NULL && ledger->sink->term != NULL;
}

void ledger_term(const Ledger *ledger, DriverId driver, const char *name, const char *unit, double value)
{
    if (!ledger_tells(ledger)) return;
    DriverTerm t = {.option = ledger->o,
                    .month = ledger->m,
                    .part = ledger->part,
                    .driver = driver,
                    .name = name,
                    .unit = unit,
                    .value = value};
    ledger->sink->term(ledger->sink->context, &t);
}

void month_begin(Ledger *ledger, int m)
{
    ledger->m = m;
    ledger->age = m - ledger->from;
    ledger->demand = &ledger->workspace->demand[m];
    ledger->month = &ledger->result->months[m];
    ledger->egress_gb = 0.0;
    ledger->fte_before = ledger->fte + ledger->fte_far;
    ledger->fte = ledger->fte_far = 0.0;
    ledger->bill_usd[COVERED_API] = ledger->bill_usd[COVERED_GPUS] = 0.0;
}

void month_end(Ledger *ledger)
{
    tell_demand(ledger);
    pay_contract(ledger);
    pay_hiring(ledger);
}

/* ---- people ---- */

double ledger_salary_usd(const Ledger *ledger)
{
    return price_salary(ledger->option, ledger->m, ledger->wage_growth);
}

double ledger_wage_usd(const Ledger *ledger)
{
    return ledger_salary_usd(ledger) * ledger->option->staff.loaded_factor / 12.0;
}

void pay_people(Ledger *ledger, double fte)
{
    double wage = ledger_wage_usd(ledger);
    ledger->fte += fte;
    ledger->month->fte += fte;
    ledger_pay(ledger, DRIVER_STAFF_COST, fte, wage, 1.0);
    ledger_term(ledger, DRIVER_STAFF_COST, "fte", "FTE", fte);
    ledger_term(ledger, DRIVER_STAFF_COST, "wage", "USD/FTE-mo", wage);
}

/* ---- logs ---- */

static double log_gb(const Ledger *ledger)
{
    return (ledger->demand->input_tok + ledger->demand->output_tok) *
           ledger->option->operations.log_sample_frac * ledger->option->network.input_bytes_per_tok /
           BYTES_PER_GB;
}

void pay_logs(Ledger *ledger)
{
    const Operations *ops = &ledger->option->operations;
    int kept = ledger->age + 1 < ops->log_retain_months ? ledger->age + 1 : ops->log_retain_months;
    ledger_pay(ledger, DRIVER_LOG_STORAGE, log_gb(ledger) * kept, ops->storage_usd_per_gb_month, 1.0);
    ledger_pay(ledger, DRIVER_LOG_INGEST, log_gb(ledger), ops->log_usd_per_gb, 1.0);
    ledger_term(ledger, DRIVER_LOG_STORAGE, "log", "GB", log_gb(ledger));
    ledger_term(ledger, DRIVER_LOG_STORAGE, "months_kept", "mo", kept);
    ledger_term(ledger, DRIVER_LOG_INGEST, "log", "GB", log_gb(ledger));
}

/* ---- the present bill ---- */

/* E70: the bill of the month, whatever the demand. */
void bill_months(Ledger *ledger)
{
    enum { COVERS_API = 0 };
    const Bill *bill = &ledger->option->bill;
    DriverId driver = bill->covers == COVERS_API ? DRIVER_PRESENT_API_BILL : DRIVER_PRESENT_GPU_BILL;
    for (int m = ledger->from; m < ledger->until; m++) {
        int at = m < bill->usd_by_month.n ? m : bill->usd_by_month.n - 1;
        month_begin(ledger, m);
        ledger_pay(ledger, driver, 1.0, bill->usd_by_month.values[at], 1.0);
        month_end(ledger);
    }
}
