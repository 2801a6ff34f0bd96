/* The evaluator: driver lines and results of every option (E24 to E42). Layer: model. */
#include "model/ledger.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
    ledger->month->category_usd[row->category] += usd;
    ledger->month->flow_usd[row->timing] += usd;
    ledger->month_npv_usd += usd * ledger->shared->discount[row->timing];
    ledger->paid_categories |= 1U << row->category;
    if (ledger->sink != NULL && ledger->sink->line != NULL)
        emit(ledger, &(DriverLine){ledger->o, ledger->m, driver, quantity, price, factor});
}

void ledger_term(const Ledger *ledger, DriverId driver, const char *name, const char *unit, double value)
{
    if (ledger->sink == NULL || ledger->sink->term == NULL) return;
    DriverTerm t = {ledger->o, ledger->m, driver, name, unit, value};
    ledger->sink->term(ledger->sink->context, &t);
}

double ledger_salary_usd(const Ledger *ledger)
{
    const Staff *staff = &ledger->option->staff;
    const double *path = ledger->option->price_path[SERIES_WAGE];
    return staff->salary_usd_per_year * ledger->wage_growth[ledger->m] *
           (path != NULL ? path[ledger->m] : 1.0);
}

/* ---- what self-hosted options and APIs share ---- */

static void pay_people(Ledger *ledger, double fte)
{
    const Staff *staff = &ledger->option->staff;
    const double *path = ledger->option->price_path[SERIES_WAGE];
    double wage = staff->salary_usd_per_year * staff->loaded_factor / 12.0 * ledger->wage_growth[ledger->m];
    if (path != NULL) wage *= path[ledger->m];
    ledger->month->fte += fte;
    ledger_pay(ledger, DRIVER_STAFF_COST, fte, wage, 1.0);
    ledger_term(ledger, DRIVER_STAFF_COST, "fte", "FTE", fte);
    ledger_term(ledger, DRIVER_STAFF_COST, "wage", "USD/FTE-mo", wage);
}

static double log_gb(const Ledger *ledger)
{
    return (ledger->shared->input_tok + ledger->shared->output_tok) *
           ledger->option->operations.log_sample_frac * ledger->option->network.input_bytes_per_tok /
           BYTES_PER_GB;
}

static void pay_logs(Ledger *ledger)
{
    const Operations *ops = &ledger->option->operations;
    int kept = ledger->m + 1 < ops->log_retain_months ? ledger->m + 1 : ops->log_retain_months;
    ledger_pay(ledger, DRIVER_LOG_STORAGE, log_gb(ledger) * kept, ops->storage_usd_per_gb_month, 1.0);
    ledger_pay(ledger, DRIVER_LOG_INGEST, log_gb(ledger), ops->log_usd_per_gb, 1.0);
    ledger_term(ledger, DRIVER_LOG_STORAGE, "log", "GB", log_gb(ledger));
    ledger_term(ledger, DRIVER_LOG_STORAGE, "months_kept", "mo", kept);
    ledger_term(ledger, DRIVER_LOG_INGEST, "log", "GB", log_gb(ledger));
}

static void pay_optionality(Ledger *ledger)
{
    const Operations *ops = &ledger->option->operations;
    if (ledger->m == 0) ledger_pay(ledger, DRIVER_OPTIONALITY_SETUP, 1.0, ops->optionality_setup_usd, 1.0);
    ledger_pay(ledger, DRIVER_OPTIONALITY_UPKEEP, 1.0, ops->optionality_usd_per_month, 1.0);
}

static double wire_gb(double tokens, double bytes_per_tok)
{
    return tokens * bytes_per_tok / BYTES_PER_GB;
}

/* ---- self-hosted ---- */

static void pay_self_network(Ledger *ledger)
{
    const Network *net = &ledger->option->network;
    double in_gb = wire_gb(ledger->shared->input_tok * ledger->self_frac, net->input_bytes_per_tok);
    double out_gb = wire_gb(ledger->shared->output_tok * ledger->self_frac, net->output_bytes_per_tok);
    pay_egress(ledger, out_gb);
    ledger_pay(ledger, DRIVER_INTER_ZONE, in_gb + out_gb, net->inter_zone_usd_per_gb, net->inter_zone_frac);
    ledger_pay(ledger, DRIVER_BALANCER, 1.0, net->balancer_usd_per_month, 1.0);
    ledger_term(ledger, DRIVER_EGRESS, "output", "GB", out_gb);
    ledger_term(ledger, DRIVER_INTER_ZONE, "input", "GB", in_gb);
    ledger_term(ledger, DRIVER_INTER_ZONE, "output", "GB", out_gb);
}

/* E35; `test_gpus` is the fleet that serves: an A/B run is a share of it and is rented, also beside owned
 * servers. */
static void pay_self_evaluation(Ledger *ledger, const FleetPlan *plan, double test_gpus)
{
    const Operations *ops = &ledger->option->operations;
    bool is_frozen = ledger->option->licence.policy == POLICY_FREEZE && ledger->m >= plan->licence_month;
    ledger_pay(ledger, DRIVER_EVALUATION_RUNS, 1.0, ops->evaluation_self_usd_per_month, 1.0);
    if (!is_upgrade_month(ledger->option, ledger->m) || is_frozen) return;
    double hours = test_gpus * ops->ab_gpu_frac * ops->ab_days * HOURS_PER_DAY;
    double price = price_on_demand(ledger->option, ledger->m);
    ledger_pay(ledger, DRIVER_UPGRADE_WORK, 1.0, ops->upgrade_usd, 1.0);
    ledger_pay(ledger, DRIVER_AB_CAPACITY, hours, price, 1.0);
    ledger_term(ledger, DRIVER_AB_CAPACITY, "serving_gpus", "GPUs", test_gpus);
    ledger_term(ledger, DRIVER_AB_CAPACITY, "gpu_hours", "GPU-h", hours);
    ledger_term(ledger, DRIVER_AB_CAPACITY, "on_demand", "USD/GPU-h", price);
}

/* E32 */
static double self_fte(const OptionInputs *option, double peak_gpus)
{
    const Staff *staff = &option->staff;
    double fte = staff->self_base_fte + staff->oncall_pool * staff->oncall_frac * staff->oncall_share_frac +
                 staff->step_fte * ceil_safe(peak_gpus / staff->step_gpus);
    if (option->kind == OPTION_OWN) fte += staff->own_extra_fte;
    return fmax(fte, staff->min_fte);
}

/* E38 */
static void pay_licence(Ledger *ledger, const FleetPlan *plan)
{
    const Licence *licence = &ledger->option->licence;
    if (ledger->m < plan->licence_month) return;
    switch (licence->policy) {
    case POLICY_FEE:
        ledger_pay(ledger, DRIVER_LICENCE_FEE, 1.0, licence->fee_usd_per_month, 1.0);
        break;
    case POLICY_FREEZE:
        ledger_pay(ledger, DRIVER_QUALITY_DEBT, 1.0, licence->freeze_usd_per_month, 1.0);
        break;
    case POLICY_MIGRATE:
        if (ledger->m == plan->licence_month)
            ledger_pay(ledger, DRIVER_MODEL_SWITCH, 1.0, licence->switch_usd, 1.0);
        break;
    default:
        break;
    }
}

/* E71: people for the largest fleet of this month and of the months of the hiring lag. */
static double hired_for_gpus(const Ledger *ledger)
{
    double most = 0.0;
    int last = ledger->m + ledger->option->staff.hiring_lag_months;
    for (int m = ledger->m; m <= last && m < ledger->inputs->horizon_months; m++)
        most = fmax(most, ledger->fleet[m].staffed_gpus);
    return most;
}

static void pay_self_month(Ledger *ledger, const FleetPlan *plan, double staffed_gpus, double test_gpus)
{
    const OptionInputs *option = ledger->option;
    const Operations *ops = &option->operations;
    double weights_gb = option->shape.params_total * option->serving.weight_bytes / BYTES_PER_GB;
    double hosts = ceil_safe(staffed_gpus / GPUS_PER_HOST);
    pay_self_network(ledger);
    pay_logs(ledger);
    ledger_pay(ledger, DRIVER_WEIGHT_STORAGE, weights_gb * ops->weight_copies, ops->storage_usd_per_gb_month,
               1.0);
    ledger_pay(ledger, DRIVER_HOST_MONITORING, hosts, ops->host_monitoring_usd_per_month, 1.0);
    ledger_term(ledger, DRIVER_WEIGHT_STORAGE, "weights", "GB", weights_gb);
    ledger_term(ledger, DRIVER_HOST_MONITORING, "gpus", "GPUs", staffed_gpus);
    pay_self_evaluation(ledger, plan, test_gpus);
    double people_gpus = hired_for_gpus(ledger);
    pay_people(ledger, self_fte(option, people_gpus));
    ledger_term(ledger, DRIVER_STAFF_COST, "peak_gpus", "GPUs", people_gpus);
    ledger_pay(ledger, DRIVER_SECURITY_COST, 1.0, ops->security_self_usd_per_month, 1.0);
    pay_licence(ledger, plan);
    pay_extras(ledger);
    pay_optionality(ledger);
    if (ledger->m == 0) ledger_pay(ledger, DRIVER_SETUP_COST, 1.0, ops->setup_self_usd, 1.0);
}

/* E24 */
static void pay_rent(Ledger *ledger, const FleetPlan *plan, const MonthCapacity *fleet)
{
    const OptionInputs *option = ledger->option;
    const Rent *rent = &option->rent;
    int degree = plan->replica.degree, m = ledger->m;
    Billing billing = {degree, option->fleet.instance_gpus, plan->reserved};
    double reserved_gpus = (double)billed_gpus(&billing, plan->reserved);
    double above_h = HOURS_PER_MONTH / HOURS_PER_WEEK * (double)fleet->above_reserved_week;
    double on_demand = price_on_demand(option, m);
    if (plan->reserved > 0) {
        double price = price_reserved(option, m);
        ledger_pay(ledger, DRIVER_RENT_RESERVED, reserved_gpus * HOURS_PER_MONTH, price, 1.0);
        ledger_term(ledger, DRIVER_RENT_RESERVED, "reserved_gpus", "GPUs", reserved_gpus);
        ledger_term(ledger, DRIVER_RENT_RESERVED, "reserved_price", "USD/GPU-h", price);
    }
    ledger_pay(ledger, DRIVER_RENT_ON_DEMAND, above_h, on_demand, 1.0 - rent->spot_share_frac);
    ledger_term(ledger, DRIVER_RENT_ON_DEMAND, "hours_beyond_reserved", "GPU-h", above_h);
    ledger_term(ledger, DRIVER_RENT_ON_DEMAND, "on_demand", "USD/GPU-h", on_demand);
    ledger_term(ledger, DRIVER_RENT_ON_DEMAND, "peak_replicas", "replicas", fleet->peak);
    ledger_term(ledger, DRIVER_RENT_ON_DEMAND, "gpus_per_replica", "GPUs", degree);
    if (rent->spot_share_frac > 0.0) {
        double spot = price_spot(option, m);
        ledger_pay(ledger, DRIVER_RENT_SPOT, above_h, spot, rent->spot_share_frac);
        ledger_term(ledger, DRIVER_RENT_SPOT, "hours_beyond_reserved", "GPU-h", above_h);
        ledger_term(ledger, DRIVER_RENT_SPOT, "spot_effective", "USD/GPU-h", spot);
    }
}

/* E25 to E28. Servers follow the highest need so far. */
static void pay_own(Ledger *ledger, double peak_gpus, int *servers)
{
    const OptionInputs *option = ledger->option;
    const Own *own = &option->own;
    int m = ledger->m, wanted = (int)ceil_safe(peak_gpus / own->server_gpus);
    if (wanted > *servers) {
        int n = wanted - *servers;
        double price = own->server_usd * pow(1.0 - own->server_decline_per_year, m / 12.0);
        if (option->price_path[SERIES_SERVER] != NULL) price *= option->price_path[SERIES_SERVER][m];
        *servers = wanted;
        ledger_pay(ledger, DRIVER_SERVER_PURCHASE, n, price, 1.0 - own->financed_frac);
        ledger_pay(ledger, DRIVER_SERVER_SETUP, n, own->server_setup_usd, 1.0 - own->financed_frac);
        ledger->month->financed_usd = n * (price + own->server_setup_usd) * own->financed_frac;
        ledger_term(ledger, DRIVER_SERVER_PURCHASE, "servers_bought", "servers", n);
        ledger_term(ledger, DRIVER_SERVER_PURCHASE, "price", "USD", price);
        ledger->purchases_usd += n * price;
        double age_years = (ledger->inputs->horizon_months - m) / 12.0;
        ledger->residual_usd += n * price * exp(-own->residual_decay_per_year * age_years);
    }
    pay_loans(ledger);
    double kw = *servers * own->server_kw, kwh = kw * own->load_frac * own->pue * HOURS_PER_MONTH;
    ledger_pay(ledger, DRIVER_COLOCATION, kw, own->colocation_usd_per_kw_month, 1.0);
    ledger_pay(ledger, DRIVER_ELECTRICITY, kwh, own->energy_usd_per_kwh, 1.0);
    ledger_pay(ledger, DRIVER_SERVER_MAINTENANCE, ledger->purchases_usd, own->maintenance_per_year / 12.0,
               1.0);
    ledger_term(ledger, DRIVER_ELECTRICITY, "servers", "servers", *servers);
    ledger_term(ledger, DRIVER_SERVER_MAINTENANCE, "purchases", "USD", ledger->purchases_usd);
    if (m == ledger->inputs->horizon_months - 1)
        ledger_pay(ledger, DRIVER_RESIDUAL_VALUE, ledger->residual_usd, 1.0, -1.0);
    ledger->month->servers = *servers;
}

/* ---- API ---- */

/* E36 for one workload: USD of one attempt before the batch discount. */
static double attempt_usd(const Api *api, const Workload *w, double factor)
{
    double input = w->input_tok * ((1.0 - api->cache_hit_frac) * api->input_usd_per_mtok +
                                   api->cache_hit_frac * api->cached_usd_per_mtok);
    double output = w->output_tok * api->output_multiplier * api->output_usd_per_mtok;
    return factor * (1.0 - api->volume_discount_frac) * api->tokenizer_ratio * (input + output) /
           TOK_PER_MTOK;
}

static void pay_tokens(Ledger *ledger)
{
    const Api *api = &ledger->option->api;
    double factor = price_api_factor(ledger->option, ledger->m), bill = 0.0;
    for (int k = 0; k < ledger->inputs->n_workloads; k++) {
        const Workload *w = &ledger->inputs->workloads[k];
        double attempts = ledger->shared->by_workload[k] * (1.0 + w->retry_frac);
        double price = attempt_usd(api, w, factor);
        double now = attempts * (1.0 - w->batch_frac) * ledger->api_now_frac;
        double later = attempts * w->batch_frac * ledger->api_later_frac;
        ledger_pay(ledger, DRIVER_API_USAGE, now, price, 1.0);
        ledger_pay(ledger, DRIVER_API_BATCH, later, price, 1.0 - api->batch_discount_frac);
        bill += now * price + later * price * (1.0 - api->batch_discount_frac);
        ledger_term(ledger, DRIVER_API_USAGE, "attempts", "req", now);
        ledger_term(ledger, DRIVER_API_USAGE, "attempt", "USD/req", price);
        ledger_term(ledger, DRIVER_API_USAGE, "price_factor", "x", factor);
    }
    if (bill < api->min_commit_usd_per_month)
        ledger_pay(ledger, DRIVER_API_COMMIT, api->min_commit_usd_per_month - bill, 1.0, 1.0);
}

/* What an API costs, whether it serves everything or the rest of a hybrid. */
static void pay_api_service(Ledger *ledger)
{
    const OptionInputs *option = ledger->option;
    const Operations *ops = &option->operations;
    const Network *net = &option->network;
    double share = 1.0 - ledger->self_frac;
    double in_gb = wire_gb(ledger->shared->input_tok * share, net->input_bytes_per_tok);
    double out_gb = wire_gb(ledger->shared->output_tok * share, net->output_bytes_per_tok);
    pay_tokens(ledger);
    pay_egress(ledger, out_gb + in_gb);
    ledger_pay(ledger, DRIVER_NAT, in_gb, net->nat_usd_per_gb, 1.0);
    ledger_term(ledger, DRIVER_EGRESS, "output", "GB", out_gb);
    ledger_term(ledger, DRIVER_EGRESS, "input", "GB", in_gb);
    ledger_pay(ledger, DRIVER_EVALUATION_RUNS, 1.0, ops->evaluation_api_usd_per_month, 1.0);
    if (ledger->m > 0 && ledger->m % option->api.migrate_every_months == 0)
        ledger_pay(ledger, DRIVER_API_MIGRATION, 1.0, ops->api_migrate_usd, 1.0);
    pay_people(ledger, option->staff.api_fte);
    ledger_pay(ledger, DRIVER_SECURITY_COST, 1.0, ops->security_api_usd_per_month, 1.0);
    if (ledger->m == 0) ledger_pay(ledger, DRIVER_SETUP_COST, 1.0, ops->setup_api_usd, 1.0);
}

/* ---- months and results ---- */

static void month_begin(Ledger *ledger, int m)
{
    ledger->m = m;
    ledger->shared = &ledger->workspace->shared[m];
    ledger->month = &ledger->result->months[m];
    ledger->month_npv_usd = 0.0;
    ledger->paid_categories = 0;
    ledger->egress_gb = 0.0;
    *ledger->month = (MonthResult){.requests = ledger->shared->requests,
                                   .tokens = ledger->shared->tokens,
                                   .discount_middle = ledger->shared->discount[TIMING_MIDDLE]};
}

static void month_end(Ledger *ledger)
{
    OptionResult *result = ledger->result;
    MonthResult *month = ledger->month;
    pay_hiring(ledger);
    for (unsigned rest = ledger->paid_categories; rest != 0; rest &= rest - 1) {
        int c = __builtin_ctz(rest);
        month->total_usd += month->category_usd[c];
        result->category_usd[c] += month->category_usd[c];
    }
    result->npv_usd += ledger->month_npv_usd;
    month->cumulative_npv_usd = result->npv_usd;
    result->tokens += month->tokens;
    result->discounted_mtok += month->tokens * month->discount_middle / TOK_PER_MTOK;
    result->gpu_hours += month->gpu_hours;
}

static void api_months(Ledger *ledger)
{
    ledger->api_now_frac = ledger->api_later_frac = 1.0;
    ledger->self_frac = 0.0;
    for (int m = 0; m < ledger->inputs->horizon_months; m++) {
        month_begin(ledger, m);
        pay_api_service(ledger);
        pay_logs(ledger);
        pay_optionality(ledger);
        month_end(ledger);
    }
}

/* E70: the bill of the month, whatever the demand. */
static void bill_months(Ledger *ledger)
{
    enum { COVERS_API = 0 };
    const Bill *bill = &ledger->option->bill;
    DriverId driver = bill->covers == COVERS_API ? DRIVER_PRESENT_API_BILL : DRIVER_PRESENT_GPU_BILL;
    for (int m = 0; m < ledger->inputs->horizon_months; m++) {
        int at = m < bill->usd_by_month.n ? m : bill->usd_by_month.n - 1;
        month_begin(ledger, m);
        ledger_pay(ledger, driver, 1.0, bill->usd_by_month.values[at], 1.0);
        month_end(ledger);
    }
}

/* What the API of a hybrid serves in this month: what the fleet leaves (E68). */
static void set_api_shares(Ledger *ledger, const MonthCapacity *fleet)
{
    double later = 0.0, all = ledger->shared->attempts;
    for (int k = 0; k < ledger->inputs->n_workloads; k++) {
        const Workload *w = &ledger->inputs->workloads[k];
        later += ledger->shared->by_workload[k] * (1.0 + w->retry_frac) * w->batch_frac;
    }
    double now = all - later, now_kept = fleet->attempts - fleet->batch_attempts;
    ledger->api_later_frac = later > 0.0 ? fmax(0.0, 1.0 - fleet->batch_attempts / later) : 0.0;
    ledger->api_now_frac = now > 0.0 ? fmax(0.0, 1.0 - now_kept / now) : 0.0;
    ledger->self_frac = all > 0.0 ? fmin(1.0, fleet->attempts / all) : 1.0;
    ledger->month->api_attempts = fmax(0.0, all - fleet->attempts);
}

/* GPUs of a month: those that the need bills, and those that people look after (E32). */
static double used_gpus(const Ledger *ledger, const Billing *billing, int m)
{
    double gpus = (double)ledger->fleet[m].peak * billing->degree;
    return ledger->option->kind == OPTION_OWN ? gpus : (double)billed_gpus(billing, ledger->fleet[m].peak);
}

static void plan_people(Ledger *ledger, const Billing *billing)
{
    double server_gpus = ledger->option->own.server_gpus, servers = 0.0;
    for (int m = 0; m < ledger->inputs->horizon_months; m++) {
        double used = used_gpus(ledger, billing, m);
        servers = fmax(servers, ceil_safe(used / server_gpus));
        ledger->fleet[m].staffed_gpus = ledger->option->kind == OPTION_OWN
                                            ? servers * server_gpus
                                            : fmax(used, (double)billed_gpus(billing, billing->reserved));
    }
}

static void self_months(Ledger *ledger, const FleetPlan *plan)
{
    int degree = plan->replica.degree, servers = 0;
    Billing billing = {degree, ledger->option->fleet.instance_gpus, plan->reserved};
    ledger->self_frac = 1.0;
    plan_people(ledger, &billing);
    for (int m = 0; m < ledger->inputs->horizon_months; m++) {
        const MonthCapacity *fleet = &ledger->fleet[m];
        double used = used_gpus(ledger, &billing, m);
        month_begin(ledger, m);
        MonthResult *month = ledger->month;
        month->replicas_peak = fleet->peak;
        month->replicas_trough = fleet->trough;
        month->reserved_replicas = plan->reserved;
        month->utilisation_frac = fleet->utilisation_frac;
        month->gpu_hours = HOURS_PER_MONTH / HOURS_PER_WEEK * (double)fleet->gpu_hours_week;
        if (ledger->uses_api) set_api_shares(ledger, fleet);
        if (ledger->option->kind == OPTION_OWN) {
            pay_own(ledger, used, &servers);
        } else {
            pay_rent(ledger, plan, fleet);
        }
        pay_self_month(ledger, plan, fleet->staffed_gpus, used);
        if (ledger->uses_api) pay_api_service(ledger);
        month_end(ledger);
    }
}

/* Does the fleet of a hybrid serve everything, nothing, or a part? A rest of the size of rounding is nothing.
 */
static void hybrid_parts(const Inputs *inputs, const Workspace *workspace, bool *uses_self, bool *uses_api)
{
    const double rounding = 1e-12;
    *uses_self = *uses_api = false;
    for (int m = 0; m < inputs->horizon_months; m++) {
        double all = workspace->shared[m].attempts, own = workspace->fleet[m].attempts;
        if (own > 0.0) *uses_self = true;
        if (all - own > rounding * all) *uses_api = true;
    }
}

static void result_clear(OptionResult *result)
{
    MonthResult *months = result->months;
    *result = (OptionResult){.months = months};
}

static void evaluate_as_planned(const Inputs *inputs, int o, Workspace *workspace, const Sink *sink)
{
    const OptionInputs *option = &inputs->options[o];
    OptionResult *result = &workspace->results[o];
    Ledger ledger = {.inputs = inputs,
                     .option = option,
                     .workspace = workspace,
                     .fleet = workspace->fleet,
                     .sink = sink,
                     .result = result,
                     .o = o};
    GrowthFactors *wage = &workspace->caches[o].wage;
    growth_factors_set(wage, option->staff.wage_growth_per_year, inputs->horizon_months);
    ledger.wage_growth = wage->by_month;
    result_clear(result);
    if (option->is_blocked) {
        snprintf(result->reason, sizeof result->reason, "%s", option->blocked);
        return;
    }
    if (option->kind == OPTION_BILL) {
        if (option->bill.usd_by_month.n == 0) {
            snprintf(result->reason, sizeof result->reason,
                     "bill/usd_by_month is missing: what is paid, month by month");
            return;
        }
        bill_months(&ledger);
    } else if (option->kind == OPTION_API) {
        api_months(&ledger);
    } else {
        FleetPlan plan = fleet_plan_build(inputs, o, workspace, result->reason, sizeof result->reason);
        result->replica = plan.replica;
        if (!plan.is_feasible) return;
        result->reason[0] = '\0';
        bool uses_self = true;
        if (option->kind == OPTION_HYBRID) hybrid_parts(inputs, workspace, &uses_self, &ledger.uses_api);
        if (uses_self || !ledger.uses_api) {
            self_months(&ledger, &plan);
        } else {
            api_months(&ledger);
        }
    }
    for (int c = 0; c < N_CATEGORIES; c++) result->total_usd += result->category_usd[c];
    if (!isfinite(result->npv_usd) || !isfinite(result->total_usd)) {
        result_clear(result);
        snprintf(result->reason, sizeof result->reason,
                 "the cost is larger than a number can hold; check growth, declines and events");
        return;
    }
    result->is_feasible = true;
    result->has_levelised = result->discounted_mtok > 0.0;
    if (result->has_levelised) result->levelised_usd_per_mtok = result->npv_usd / result->discounted_mtok;
}

/* E68: the cheapest number of replicas, from none (the API alone) to as many as leave nothing to the API. */
static int best_cap(const Inputs *inputs, int o, Workspace *workspace)
{
    int best = 0;
    double best_usd = HUGE_VAL;
    for (int cap = 0;; cap++) {
        workspace->hybrid_cap = cap;
        evaluate_as_planned(inputs, o, workspace, NULL);
        const OptionResult *result = &workspace->results[o];
        if (!result->is_feasible) return cap;
        if (result->npv_usd < best_usd) {
            best_usd = result->npv_usd;
            best = cap;
        }
        bool uses_self, uses_api;
        hybrid_parts(inputs, workspace, &uses_self, &uses_api);
        if (!uses_api) return best;
    }
}

static void evaluate_prepared(const Inputs *inputs, int o, Workspace *workspace, const Sink *sink)
{
    enum { SPLIT_PEAK = 1 };
    const Hybrid *hybrid = &inputs->options[o].hybrid;
    workspace->hybrid_cap = hybrid->replicas_cap;
    bool searches =
        inputs->options[o].kind == OPTION_HYBRID && hybrid->split == SPLIT_PEAK && hybrid->split_best;
    if (searches && !inputs->options[o].is_blocked) workspace->hybrid_cap = best_cap(inputs, o, workspace);
    evaluate_as_planned(inputs, o, workspace, sink);
}

void evaluate_option(const Inputs *inputs, int option, Workspace *workspace, const Sink *sink)
{
    workspace_prepare(inputs, workspace);
    evaluate_prepared(inputs, option, workspace, sink);
}

void evaluate(const Inputs *inputs, Workspace *workspace, const Sink *sink)
{
    workspace_prepare(inputs, workspace);
    for (int o = 0; o < inputs->n_options; o++) evaluate_prepared(inputs, o, workspace, sink);
}
