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
    int n = own->loan_months, first = ledger->m - n + 1;
    double rate = monthly_rate(own->loan_rate_per_year), lent = 0.0, owed = 0.0;
    for (int b = first > ledger->from ? first : ledger->from; b <= ledger->m; b++) {
        double financed = ledger->workspace->financed_usd[b];
        lent += financed;
        owed += financed * balance_share(rate, n, ledger->m - b + 1);
    }
    ledger_pay(ledger, DRIVER_LOAN_PAYMENT, lent, payment_share(rate, n), 1.0);
    ledger_term(ledger, DRIVER_LOAN_PAYMENT, "monthly_rate", "/mo", rate);
    ledger_term(ledger, DRIVER_LOAN_PAYMENT, "lent", "USD", lent);
    if (ledger->m + 1 == ledger->until) ledger_pay(ledger, DRIVER_LOAN_BALANCE, owed, 1.0, 1.0);
}

/* ---- people ---- */

void pay_hiring(Ledger *ledger)
{
    double share = ledger->option->staff.hiring_cost_frac;
    if (!(share > 0.0)) return;
    double added = ledger->fte - ledger->fte_before, salary = ledger_salary_usd(ledger);
    if (!(added > 0.0)) return;
    double before_usd = ledger->npv_usd;
    ledger_pay(ledger, DRIVER_HIRING, added, salary, share);
    ledger->swing_npv_usd += ledger->npv_usd - before_usd;
    ledger_term(ledger, DRIVER_HIRING, "added", "FTE", added);
    ledger_term(ledger, DRIVER_HIRING, "salary", "USD/yr", salary);
}

/* ---- a second model family ---- */

static void pay_standby(Ledger *ledger)
{
    enum { WARM = 2 };
    const Standby *standby = &ledger->option->standby;
    const Operations *ops = &ledger->option->operations;
    bool is_drill = ledger->age > 0 && ledger->age % standby->drill_every_months == 0;
    if (ledger->age == 0) ledger_pay(ledger, DRIVER_STANDBY_SETUP, 1.0, standby->setup_usd, 1.0);
    ledger_pay(ledger, DRIVER_STANDBY_WEIGHTS, standby->weights_gb, ops->storage_usd_per_gb_month, 1.0);
    ledger_pay(ledger, DRIVER_STANDBY_EVALUATION, 1.0, standby->evaluation_usd_per_month, 1.0);
    ledger_pay(ledger, DRIVER_STANDBY_PEOPLE, standby->fte, ledger_wage_usd(ledger), 1.0);
    if (is_drill) ledger_pay(ledger, DRIVER_STANDBY_DRILL, 1.0, standby->drill_usd, 1.0);
    if (standby->state != WARM) return;
    double price =
        standby->has_usd_per_gpu_h ? standby->usd_per_gpu_h : price_on_demand(ledger->option, ledger->m);
    ledger_pay(ledger, DRIVER_STANDBY_GPUS, standby->warm_gpus * HOURS_PER_MONTH, price, 1.0);
    ledger_term(ledger, DRIVER_STANDBY_GPUS, "warm_gpus", "GPUs", standby->warm_gpus);
}

void pay_optionality(Ledger *ledger)
{
    enum { NONE = 0 };
    const Operations *ops = &ledger->option->operations;
    if (ledger->age == 0) ledger_pay(ledger, DRIVER_OPTIONALITY_SETUP, 1.0, ops->optionality_setup_usd, 1.0);
    ledger_pay(ledger, DRIVER_OPTIONALITY_UPKEEP, 1.0, ops->optionality_usd_per_month, 1.0);
    if (ledger->option->standby.state != NONE) pay_standby(ledger);
}

/* ---- optional parts ---- */

static void pay_edge(Ledger *ledger)
{
    const Extras *extras = &ledger->option->extras;
    double sites = extras->edge_sites, kwh = sites * extras->edge_site_kw * HOURS_PER_MONTH;
    if (ledger->age == 0) ledger_pay(ledger, DRIVER_EDGE_PURCHASE, sites, extras->edge_site_usd, 1.0);
    ledger_pay(ledger, DRIVER_EDGE_POWER, kwh, extras->edge_usd_per_kwh, 1.0);
    ledger_pay(ledger, DRIVER_EDGE_VISITS, sites * extras->edge_visits_per_year / 12.0,
               extras->edge_visit_usd, 1.0);
}

void pay_extras(Ledger *ledger)
{
    const Extras *extras = &ledger->option->extras;
    double mtok = (ledger->self_input_tok + ledger->self_output_tok) / TOK_PER_MTOK;
    ledger_pay(ledger, DRIVER_GUARDRAIL, mtok, extras->guardrail_usd_per_mtok, 1.0);
    ledger_pay(ledger, DRIVER_DRIFT_MONITORING, mtok, extras->drift_usd_per_mtok, extras->drift_sample_frac);
    ledger_pay(ledger, DRIVER_REGISTRY, 1.0, extras->registry_usd_per_month, 1.0);
    bool is_quarter_end = ledger->age % MONTHS_PER_QUARTER == MONTHS_PER_QUARTER - 1;
    if (extras->finetune_gpu_h_per_quarter > 0.0 && is_quarter_end)
        ledger_pay(ledger, DRIVER_FINE_TUNING, extras->finetune_gpu_h_per_quarter,
                   price_on_demand(ledger->option, ledger->m), 1.0);
    if (extras->edge_sites > 0) pay_edge(ledger);
}
