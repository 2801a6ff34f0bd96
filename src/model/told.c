/* The figures behind a part's costs, for `explain`: nothing is computed from them. Layer: model.
 *
 * Their names are those of the rows in src/view/figures.c.
 */
#include "model/ledger.h"

#include <math.h>

#define SECONDS_PER_HOUR 3600.0

/* Mean arrival rate of the part in the month, and in the busiest hour with its burst (E2, E16). */
static void tell_rates(const Ledger *ledger)
{
    const Inputs *inputs = ledger->inputs;
    double mean[INPUT_WORKLOADS_MAX], sum = 0.0, most = 0.0;
    for (int k = 0; k < inputs->n_workloads; k++) {
        const Workload *w = &inputs->workloads[k];
        mean[k] = ledger->demand->by_workload[k] * (1.0 + w->retry_frac) * (1.0 - w->batch_frac) /
                  (HOURS_PER_MONTH * SECONDS_PER_HOUR);
        sum += mean[k];
    }
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        double peak = 0.0;
        for (int k = 0; k < inputs->n_workloads; k++)
            peak += mean[k] * inputs->week[k][h] * inputs->workloads[k].burst;
        most = fmax(most, peak);
    }
    ledger_term(ledger, N_DRIVERS, "arrival_rate", "req/s", sum);
    ledger_term(ledger, N_DRIVERS, "peak_rate", "req/s", most);
}

void tell_demand(const Ledger *ledger)
{
    const MonthShared *demand = ledger->demand;
    if (!ledger_tells(ledger) || ledger->m >= ledger->until) return;
    ledger_term(ledger, N_DRIVERS, "requests", "req", demand->requests);
    ledger_term(ledger, N_DRIVERS, "attempts", "req", demand->attempts);
    ledger_term(ledger, N_DRIVERS, "tokens", "tok", demand->tokens);
    ledger_term(ledger, N_DRIVERS, "discount_factor", "x",
                ledger->workspace->shared[ledger->m].discount[TIMING_MIDDLE]);
    ledger_term(ledger, N_DRIVERS, "fte", "FTE", ledger->fte);
    tell_rates(ledger);
}

void tell_fleet(const Ledger *ledger, const FleetPlan *plan, const MonthCapacity *fleet, int servers)
{
    const Replica *replica = &plan->replica;
    const OptionInputs *option = ledger->option;
    if (!ledger_tells(ledger)) return;
    ledger_term(ledger, N_DRIVERS, "degree", "GPUs", replica->degree);
    ledger_term(ledger, N_DRIVERS, "kv_bytes_per_tok", "B",
                step_kv_bytes_per_token(&option->shape, option->serving.kv_bytes));
    ledger_term(ledger, N_DRIVERS, "kv_tokens", "tok", replica->kv_tokens);
    ledger_term(ledger, N_DRIVERS, "prefill_s", "s", replica->prefill_s);
    ledger_term(ledger, N_DRIVERS, "step_s", "s", replica->step_s);
    ledger_term(ledger, N_DRIVERS, "batch", "sequences", replica->batch);
    ledger_term(ledger, N_DRIVERS, "tpot_s", "s", replica->tpot_s);
    ledger_term(ledger, N_DRIVERS, "replica_rate", "req/s", replica->rate_req_s);
    ledger_term(ledger, N_DRIVERS, "month_rate", "req/s", fleet->replica_req_s);
    ledger_term(ledger, N_DRIVERS, "peak_replicas", "replicas", fleet->peak);
    ledger_term(ledger, N_DRIVERS, "trough_replicas", "replicas", fleet->trough);
    ledger_term(ledger, N_DRIVERS, "reserved_replicas", "replicas", plan->reserved);
    ledger_term(ledger, N_DRIVERS, "gpu_hours", "GPU-h",
                HOURS_PER_MONTH / HOURS_PER_WEEK * (double)fleet->gpu_hours_week);
    ledger_term(ledger, N_DRIVERS, "utilisation", "frac", fleet->utilisation_frac);
    ledger_term(ledger, N_DRIVERS, "servers", "servers", servers);
    ledger_term(ledger, N_DRIVERS, "gpus", "GPUs", fleet->staffed_gpus);
    ledger_term(ledger, N_DRIVERS, "served", "req", fleet->attempts);
    if (option->kind == OPTION_HYBRID)
        ledger_term(ledger, N_DRIVERS, "replicas_cap", "replicas", ledger->workspace->part.replicas_cap);
}
