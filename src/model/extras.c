/* Costs that an option may have besides: tiers, loans, hiring, optional parts (E69, E71 to E73). Layer:
 * model.
 *
 * Each is nothing until its fields are set, so that the plain method is what remains without them.
 */
#include "model/ledger.h"

#include <math.h>

enum { MONTHS_PER_QUARTER = 3 };

void pay_egress(Ledger *ledger, double gb)
{
    const Network *net = &ledger->option->network;
    const double *from = net->egress_from_gb.values, *price = net->egress_tier_usd_per_gb.values;
    int n_tiers = net->egress_from_gb.n;
    double low = ledger->egress_gb, high = low + gb;
    ledger->egress_gb = high;
    if (n_tiers == 0) ledger_pay(ledger, DRIVER_EGRESS, gb, net->egress_usd_per_gb, 1.0);
    for (int k = 0; k < n_tiers; k++) {
        double upto = k + 1 < n_tiers ? fmin(high, from[k + 1]) : high;
        double within = upto - fmax(low, from[k]);
        if (within > 0.0) ledger_pay(ledger, DRIVER_EGRESS, within, price[k], 1.0);
    }
}

/* ---- loans ---- */

static double monthly_rate(double per_year)
{
    return pow(1.0 + per_year, 1.0 / 12.0) - 1.0;
}

/* The payment of a month as a share of the sum that was lent. */
static double payment_share(double rate, int n_months)
{
    return rate > 0.0 ? rate / (1.0 - pow(1.0 + rate, -n_months)) : 1.0 / n_months;
}

/* What is owed after `n_paid` payments as a share of the sum that was lent. */
static double balance_share(double rate, int n_months, int n_paid)
{
    if (!(rate > 0.0)) return 1.0 - (double)n_paid / n_months;
    return (1.0 - pow(1.0 + rate, n_paid - n_months)) / (1.0 - pow(1.0 + rate, -n_months));
}

void pay_loans(Ledger *ledger)
{
    const Own *own = &ledger->option->own;
    if (!(own->financed_frac > 0.0)) return;
    int n = own->loan_months, last = ledger->inputs->horizon_months - 1;
    double rate = monthly_rate(own->loan_rate_per_year), lent = 0.0, owed = 0.0;
    for (int b = ledger->m - n + 1 > 0 ? ledger->m - n + 1 : 0; b <= ledger->m; b++) {
        double financed = ledger->result->months[b].financed_usd;
        lent += financed;
        owed += financed * balance_share(rate, n, ledger->m - b + 1);
    }
    ledger_pay(ledger, DRIVER_LOAN_PAYMENT, lent, payment_share(rate, n), 1.0);
    ledger_term(ledger, DRIVER_LOAN_PAYMENT, "monthly_rate", "/mo", rate);
    ledger_term(ledger, DRIVER_LOAN_PAYMENT, "lent", "USD", lent);
    if (ledger->m == last) ledger_pay(ledger, DRIVER_LOAN_BALANCE, owed, 1.0, 1.0);
}

/* ---- people ---- */

void pay_hiring(Ledger *ledger)
{
    double share = ledger->option->staff.hiring_cost_frac;
    if (!(share > 0.0)) return;
    double before = ledger->m > 0 ? ledger->result->months[ledger->m - 1].fte : 0.0;
    double added = ledger->month->fte - before, salary = ledger_salary_usd(ledger);
    if (!(added > 0.0)) return;
    ledger_pay(ledger, DRIVER_HIRING, added, salary, share);
    ledger_term(ledger, DRIVER_HIRING, "added", "FTE", added);
    ledger_term(ledger, DRIVER_HIRING, "salary", "USD/yr", salary);
}

/* ---- optional parts ---- */

static void pay_edge(Ledger *ledger)
{
    const Extras *extras = &ledger->option->extras;
    double sites = extras->edge_sites, kwh = sites * extras->edge_site_kw * HOURS_PER_MONTH;
    if (ledger->m == 0) ledger_pay(ledger, DRIVER_EDGE_PURCHASE, sites, extras->edge_site_usd, 1.0);
    ledger_pay(ledger, DRIVER_EDGE_POWER, kwh, extras->edge_usd_per_kwh, 1.0);
    ledger_pay(ledger, DRIVER_EDGE_VISITS, sites * extras->edge_visits_per_year / 12.0,
               extras->edge_visit_usd, 1.0);
}

void pay_extras(Ledger *ledger)
{
    const Extras *extras = &ledger->option->extras;
    double mtok = (ledger->shared->input_tok + ledger->shared->output_tok) * ledger->self_frac / TOK_PER_MTOK;
    ledger_pay(ledger, DRIVER_GUARDRAIL, mtok, extras->guardrail_usd_per_mtok, 1.0);
    ledger_pay(ledger, DRIVER_DRIFT_MONITORING, mtok, extras->drift_usd_per_mtok, extras->drift_sample_frac);
    ledger_pay(ledger, DRIVER_REGISTRY, 1.0, extras->registry_usd_per_month, 1.0);
    bool is_quarter_end = ledger->m % MONTHS_PER_QUARTER == MONTHS_PER_QUARTER - 1;
    if (extras->finetune_gpu_h_per_quarter > 0.0 && is_quarter_end)
        ledger_pay(ledger, DRIVER_FINE_TUNING, extras->finetune_gpu_h_per_quarter,
                   price_on_demand(ledger->option, ledger->m), 1.0);
    if (extras->edge_sites > 0) pay_edge(ledger);
}
