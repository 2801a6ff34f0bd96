/* What an API costs: tokens, network, people, moves (E30, E35 to E37). Layer: model. */
#include "model/ledger.h"

#include <math.h>

/* E36: USD of one attempt of this input length before the batch discount. */
static double attempt_usd(const Api *api, const TokenPrices *prices, double input_tok, double output_tok,
                          double factor)
{
    double input = input_tok * ((1.0 - api->cache_hit_frac) * prices->input_usd_per_mtok +
                                api->cache_hit_frac * prices->cached_usd_per_mtok);
    double output = output_tok * api->output_multiplier * prices->output_usd_per_mtok;
    return factor * (1.0 - api->volume_discount_frac) * api->tokenizer_ratio * (input + output) /
           TOK_PER_MTOK;
}

/* One line of attempts, on the bill of the month. */
static void pay_attempts(Ledger *ledger, DriverId driver, double attempts, double price_usd, double factor)
{
    ledger_pay(ledger, driver, attempts, price_usd, factor);
    ledger->bill_usd[COVERED_API] += attempts * price_usd * factor;
}

/* E68: requests of a workload beyond the length that the fleet takes, and those that it served in vain. */
static void pay_routes(Ledger *ledger, int k, double attempts, double price, double price_long)
{
    const Workload *w = &ledger->inputs->workloads[k];
    const LengthCut *cut = &ledger->workspace->cuts[k];
    double batch_factor = 1.0 - ledger->option->api.batch_discount_frac;
    double above = attempts * (1.0 - cut->below_frac), below = attempts * cut->below_frac;
    double now = below * (1.0 - w->batch_frac) * (1.0 - ledger->api_now_frac[k]);
    double later = below * w->batch_frac * (1.0 - ledger->api_later_frac);
    pay_attempts(ledger, DRIVER_API_LONG_CONTEXT, above * (1.0 - w->batch_frac), price_long, 1.0);
    pay_attempts(ledger, DRIVER_API_LONG_CONTEXT, above * w->batch_frac, price_long, batch_factor);
    pay_attempts(ledger, DRIVER_API_FALLBACK, now * ledger->fallback_frac, price, 1.0);
    pay_attempts(ledger, DRIVER_API_FALLBACK, later * ledger->fallback_frac, price, batch_factor);
    ledger_term(ledger, DRIVER_API_LONG_CONTEXT, "share_of_requests", "frac", 1.0 - cut->below_frac);
    ledger_term(ledger, DRIVER_API_LONG_CONTEXT, "input", "tok", cut->above_tok);
    ledger_term(ledger, DRIVER_API_FALLBACK, "served_by_the_fleet", "req", now + later);
}

static void pay_tokens(Ledger *ledger)
{
    const OptionInputs *option = ledger->option;
    const Api *api = &option->api;
    double factor = price_api_factor(option, ledger->m, ledger->from);
    TokenPrices prices = price_tokens(option, ledger->m, ledger->from);
    for (int k = 0; k < ledger->inputs->n_workloads; k++) {
        const Workload *w = &ledger->inputs->workloads[k];
        const LengthCut *cut = &ledger->workspace->cuts[k];
        bool has_routes = ledger->uses_api;
        double attempts = ledger->demand->by_workload[k] * (1.0 + w->retry_frac);
        double kept = has_routes ? attempts * cut->below_frac : attempts;
        double length = has_routes ? cut->below_tok : w->input_tok;
        double price = attempt_usd(api, &prices, length, w->output_tok, factor);
        double now = kept * (1.0 - w->batch_frac) * ledger->api_now_frac[k];
        double later = kept * w->batch_frac * ledger->api_later_frac;
        pay_attempts(ledger, DRIVER_API_USAGE, now, price, 1.0);
        pay_attempts(ledger, DRIVER_API_BATCH, later, price, 1.0 - api->batch_discount_frac);
        ledger_term(ledger, DRIVER_API_USAGE, "attempts", "req", now);
        ledger_term(ledger, DRIVER_API_USAGE, "attempt", "USD/req", price);
        ledger_term(ledger, DRIVER_API_USAGE, "price_factor", "x", factor);
        if (has_routes)
            pay_routes(ledger, k, attempts, price,
                       attempt_usd(api, &prices, cut->above_tok, w->output_tok, factor));
    }
    double bill = ledger->bill_usd[COVERED_API];
    if (bill < api->min_commit_usd_per_month)
        ledger_pay(ledger, DRIVER_API_COMMIT, api->min_commit_usd_per_month - bill, 1.0, 1.0);
}

static void pay_moves(Ledger *ledger)
{
    const Api *api = &ledger->option->api;
    if (is_retirement_month(api, ledger->m, ledger->from)) {
        ledger_pay(ledger, DRIVER_API_RETIREMENT, 1.0, api->retirement_usd, 1.0);
    } else if (ledger->age > 0 && ledger->age % api->migrate_every_months == 0) {
        ledger_pay(ledger, DRIVER_API_MIGRATION, 1.0, ledger->option->operations.api_migrate_usd, 1.0);
    }
}

void pay_api_service(Ledger *ledger)
{
    const OptionInputs *option = ledger->option;
    const Operations *ops = &option->operations;
    const Network *net = &option->network;
    double in_gb = ledger->api_input_tok * net->input_bytes_per_tok / BYTES_PER_GB;
    double out_gb = ledger->api_output_tok * net->output_bytes_per_tok / BYTES_PER_GB;
    pay_tokens(ledger);
    pay_egress(ledger, out_gb + in_gb);
    ledger_pay(ledger, DRIVER_NAT, in_gb, net->nat_usd_per_gb, 1.0);
    ledger_term(ledger, DRIVER_EGRESS, "output", "GB", out_gb);
    ledger_term(ledger, DRIVER_EGRESS, "input", "GB", in_gb);
    ledger_pay(ledger, DRIVER_EVALUATION_RUNS, 1.0, ops->evaluation_api_usd_per_month, 1.0);
    pay_moves(ledger);
    pay_people(ledger, option->staff.api_fte);
    ledger_pay(ledger, DRIVER_SECURITY_COST, 1.0, ops->security_api_usd_per_month, 1.0);
    if (ledger->age == 0) ledger_pay(ledger, DRIVER_SETUP_COST, 1.0, ops->setup_api_usd, 1.0);
}

void api_months(Ledger *ledger)
{
    ledger->api_later_frac = 1.0;
    for (int k = 0; k < ledger->inputs->n_workloads; k++) ledger->api_now_frac[k] = 1.0;
    for (int m = ledger->from; m < ledger->until; m++) {
        month_begin(ledger, m);
        ledger->api_input_tok = ledger->demand->input_tok;
        ledger->api_output_tok = ledger->demand->output_tok;
        pay_api_service(ledger);
        pay_logs(ledger);
        pay_optionality(ledger);
        month_end(ledger);
    }
}
