/* What a fleet of one's own costs: rented GPUs, owned servers, and what goes with them (E24 to E38). Layer:
 * model. */
#include "model/ledger.h"

#include <math.h>

/* ---- network, evaluation, licence ---- */

static double wire_gb(double tokens, double bytes_per_tok)
{
    return tokens * bytes_per_tok / BYTES_PER_GB;
}

static void pay_network(Ledger *ledger)
{
    const Network *net = &ledger->option->network;
    double in_gb = wire_gb(ledger->self_input_tok, net->input_bytes_per_tok);
    double out_gb = wire_gb(ledger->self_output_tok, net->output_bytes_per_tok);
    pay_egress(ledger, out_gb);
    ledger_pay(ledger, DRIVER_INTER_ZONE, in_gb + out_gb, net->inter_zone_usd_per_gb, net->inter_zone_frac);
    ledger_pay(ledger, DRIVER_BALANCER, 1.0, net->balancer_usd_per_month, 1.0);
    ledger_term(ledger, DRIVER_EGRESS, "output", "GB", out_gb);
    ledger_term(ledger, DRIVER_INTER_ZONE, "input", "GB", in_gb);
    ledger_term(ledger, DRIVER_INTER_ZONE, "output", "GB", out_gb);
}

/* E35; `test_gpus` is the fleet that serves: an A/B run is a share of it and is rented, also beside owned
 * servers. */
static void pay_evaluation(Ledger *ledger, const FleetPlan *plan, double test_gpus)
{
    const Operations *ops = &ledger->option->operations;
    bool is_frozen = ledger->option->licence.policy == POLICY_FREEZE && ledger->m >= plan->licence_month;
    ledger_pay(ledger, DRIVER_EVALUATION_RUNS, 1.0, ops->evaluation_self_usd_per_month, 1.0);
    if (!is_upgrade_month(ledger->option, ledger->age) || is_frozen) return;
    double hours = test_gpus * ops->ab_gpu_frac * ops->ab_days * HOURS_PER_DAY;
    double price = price_on_demand(ledger->option, ledger->m);
    ledger_pay(ledger, DRIVER_UPGRADE_WORK, 1.0, ops->upgrade_usd, 1.0);
    ledger_pay(ledger, DRIVER_AB_CAPACITY, hours, price, 1.0);
    ledger_term(ledger, DRIVER_AB_CAPACITY, "serving_gpus", "GPUs", test_gpus);
    ledger_term(ledger, DRIVER_AB_CAPACITY, "gpu_hours", "GPU-h", hours);
    ledger_term(ledger, DRIVER_AB_CAPACITY, "on_demand", "USD/GPU-h", price);
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

/* Does the fleet move to the next generation in this month? One that begins with it has nothing to move. */
static bool is_generation_move(const Ledger *ledger)
{
    return ledger->m > ledger->from && ledger->m == ledger->option->fleet.generation_month;
}

/* ---- people ---- */

/* E32 */
static double self_fte(const OptionInputs *option, double peak_gpus)
{
    const Staff *staff = &option->staff;
    double fte = staff->self_base_fte + staff->oncall_pool * staff->oncall_frac * staff->oncall_share_frac +
                 staff->step_fte * ceil_safe(peak_gpus / staff->step_gpus);
    if (option->kind == OPTION_OWN) fte += staff->own_extra_fte;
    return fmax(fte, staff->min_fte);
}

/* E71: people for the largest fleet of this month and of the months of the hiring lag. */
static double hired_for_gpus(const Ledger *ledger, bool is_far)
{
    double most = 0.0;
    int last = ledger->m + ledger->option->staff.hiring_lag_months;
    for (int m = ledger->m; m <= last && m < ledger->until; m++)
        most = fmax(most, is_far ? ledger->fleet[m].staffed_before : ledger->fleet[m].staffed_gpus);
    return most;
}

static void pay_fleet_people(Ledger *ledger)
{
    double gpus = hired_for_gpus(ledger, false), fte = self_fte(ledger->option, gpus);
    pay_people(ledger, fte);
    ledger_term(ledger, DRIVER_STAFF_COST, "peak_gpus", "GPUs", gpus);
    if (ledger->workspace->part.far != NULL)
        ledger->fte_far = self_fte(ledger->option, hired_for_gpus(ledger, true)) - fte;
}

/* GPUs of so many replicas that the need bills. */
static double used_gpus(const Ledger *ledger, const Billing *billing, int replicas)
{
    double gpus = (double)replicas * billing->degree;
    return ledger->is_owned ? gpus : (double)billed_gpus(billing, replicas);
}

/* Servers that are held in month m with so many replicas: the most that were ever needed of the generation.
 */
static double servers_in(const Ledger *ledger, const Billing *billing, int m, int replicas, double before)
{
    bool is_new = m > ledger->from && m == ledger->option->fleet.generation_month;
    double wanted = ceil_safe(used_gpus(ledger, billing, replicas) / ledger->option->own.server_gpus);
    return is_new ? wanted : fmax(before, wanted);
}

/* GPUs that people look after in month m (E32); `servers` are those of the month before. */
static double staffed_by(const Ledger *ledger, const Billing *billing, int m, int replicas, double *servers)
{
    *servers = servers_in(ledger, billing, m, replicas, *servers);
    if (ledger->is_owned) return *servers * ledger->option->own.server_gpus;
    return fmax(used_gpus(ledger, billing, replicas), (double)billed_gpus(billing, billing->reserved));
}

static void plan_people(Ledger *ledger, const Billing *billing)
{
    bool is_bound = ledger->workspace->part.far != NULL;
    double servers = 0.0, servers_far = 0.0;
    for (int m = ledger->from; m < ledger->until; m++) {
        MonthCapacity *fleet = &ledger->fleet[m];
        fleet->staffed_gpus = staffed_by(ledger, billing, m, fleet->peak, &servers);
        if (is_bound)
            fleet->staffed_before = staffed_by(ledger, billing, m, fleet->peak_before, &servers_far);
    }
}

/* ---- rent ---- */

static void pay_reserved(Ledger *ledger, const Billing *billing)
{
    double gpus = (double)billed_gpus(billing, billing->reserved);
    double price = price_reserved(ledger->option, ledger->m, ledger->from);
    ledger_pay(ledger, DRIVER_RENT_RESERVED, gpus * HOURS_PER_MONTH, price, 1.0);
    ledger_term(ledger, DRIVER_RENT_RESERVED, "reserved_gpus", "GPUs", gpus);
    ledger_term(ledger, DRIVER_RENT_RESERVED, "reserved_price", "USD/GPU-h", price);
    ledger->bill_usd[COVERED_GPUS] += gpus * HOURS_PER_MONTH * price;
}

/* E24 */
static void pay_rent(Ledger *ledger, const Billing *billing, const MonthCapacity *fleet)
{
    const OptionInputs *option = ledger->option;
    double spot_frac = option->rent.spot_share_frac, on_demand = price_on_demand(option, ledger->m);
    double above_h = HOURS_PER_MONTH / HOURS_PER_WEEK * (double)fleet->above_reserved_week;
    if (billing->reserved > 0) pay_reserved(ledger, billing);
    ledger_pay(ledger, DRIVER_RENT_ON_DEMAND, above_h, on_demand, 1.0 - spot_frac);
    ledger_term(ledger, DRIVER_RENT_ON_DEMAND, "hours_beyond_reserved", "GPU-h", above_h);
    ledger_term(ledger, DRIVER_RENT_ON_DEMAND, "on_demand", "USD/GPU-h", on_demand);
    ledger_term(ledger, DRIVER_RENT_ON_DEMAND, "peak_replicas", "replicas", fleet->peak);
    ledger_term(ledger, DRIVER_RENT_ON_DEMAND, "gpus_per_replica", "GPUs", billing->degree);
    ledger->bill_usd[COVERED_GPUS] += above_h * on_demand * (1.0 - spot_frac);
    if (!(spot_frac > 0.0)) return;
    double spot = price_spot(option, ledger->m);
    ledger_pay(ledger, DRIVER_RENT_SPOT, above_h, spot, spot_frac);
    ledger_term(ledger, DRIVER_RENT_SPOT, "hours_beyond_reserved", "GPU-h", above_h);
    ledger_term(ledger, DRIVER_RENT_SPOT, "spot_effective", "USD/GPU-h", spot);
    ledger->bill_usd[COVERED_GPUS] += above_h * spot * spot_frac;
}

/* An option that is left before the horizon pays its reservation to the end of the term. */
static void pay_rest_of_term(Ledger *ledger, const Billing *billing)
{
    int term = ledger->option->rent.reserved_term_months, served = ledger->until - ledger->from;
    int end = ledger->from + (served + term - 1) / term * term;
    if (billing->reserved == 0) return;
    for (int m = ledger->until; m < end && m < ledger->inputs->horizon_months; m++) {
        month_begin(ledger, m);
        ledger->month->reserved_replicas += billing->reserved;
        pay_reserved(ledger, billing);
        month_end(ledger);
    }
}

/* ---- owned servers ---- */

/* E28: resale of everything that was bought, at the age it has at the end of month m. */
static void sell_servers(Ledger *ledger)
{
    ledger_pay(ledger, DRIVER_RESIDUAL_VALUE, ledger->residual_usd, 1.0, -1.0);
    ledger->residual_usd = ledger->purchases_usd = 0.0;
}

/* E25. The resale value is that of the month in which this generation is sold. */
static void buy_servers(Ledger *ledger, int n, int sold_after)
{
    const Own *own = &ledger->option->own;
    double price = price_server(ledger->option, ledger->m);
    ledger_pay(ledger, DRIVER_SERVER_PURCHASE, n, price, 1.0 - own->financed_frac);
    ledger_pay(ledger, DRIVER_SERVER_SETUP, n, own->server_setup_usd, 1.0 - own->financed_frac);
    ledger_term(ledger, DRIVER_SERVER_PURCHASE, "servers_bought", "servers", n);
    ledger_term(ledger, DRIVER_SERVER_PURCHASE, "price", "USD", price);
    ledger->workspace->financed_usd[ledger->m] = n * (price + own->server_setup_usd) * own->financed_frac;
    ledger->month->financed_usd += ledger->workspace->financed_usd[ledger->m];
    ledger->purchases_usd += n * price;
    double age_years = (sold_after - ledger->m) / 12.0;
    ledger->residual_usd += n * price * exp(-own->residual_decay_per_year * age_years);
}

/* E25 to E28. Servers follow the highest need so far. */
static void pay_own(Ledger *ledger, const Billing *billing, int *servers)
{
    const Own *own = &ledger->option->own;
    int generation = ledger->option->fleet.generation_month;
    int wanted = (int)servers_in(ledger, billing, ledger->m, ledger->fleet[ledger->m].peak, *servers);
    bool is_last_of_generation = ledger->m + 1 == generation && ledger->m >= ledger->from;
    bool is_last = ledger->m + 1 == ledger->until || is_last_of_generation;
    int sold_after = ledger->m < generation && generation < ledger->until ? generation : ledger->until;
    if (is_generation_move(ledger)) *servers = 0;
    ledger->workspace->financed_usd[ledger->m] = 0.0;
    if (wanted > *servers) buy_servers(ledger, wanted - *servers, sold_after);
    *servers = wanted;
    pay_loans(ledger);
    double kw = *servers * own->server_kw, kwh = kw * own->load_frac * own->pue * HOURS_PER_MONTH;
    ledger_pay(ledger, DRIVER_COLOCATION, kw, own->colocation_usd_per_kw_month, 1.0);
    ledger_pay(ledger, DRIVER_ELECTRICITY, kwh, price_energy(ledger->option, ledger->m), 1.0);
    ledger_pay(ledger, DRIVER_SERVER_MAINTENANCE, ledger->purchases_usd, own->maintenance_per_year / 12.0,
               1.0);
    ledger_term(ledger, DRIVER_ELECTRICITY, "servers", "servers", *servers);
    ledger_term(ledger, DRIVER_SERVER_MAINTENANCE, "purchases", "USD", ledger->purchases_usd);
    if (is_last) sell_servers(ledger);
    ledger->month->servers += *servers;
}

/* ---- months ---- */

/* Requests of a workload with retries that are short enough for the fleet. */
static double attempts_below(const Ledger *ledger, int k)
{
    return ledger->demand->by_workload[k] * (1.0 + ledger->inputs->workloads[k].retry_frac) *
           ledger->workspace->cuts[k].below_frac;
}

/* What the API of a hybrid serves in this month: long requests, and what the fleet leaves of the others
 * (E68). */
static void set_shares(Ledger *ledger, const MonthCapacity *fleet)
{
    const MonthShared *demand = ledger->demand;
    ledger->self_input_tok = demand->input_tok;
    ledger->self_output_tok = demand->output_tok;
    if (!ledger->is_split && !ledger->uses_api) return;
    double again = ledger->option->hybrid.fallback_frac, later = 0.0, now = 0.0;
    for (int k = 0; k < ledger->inputs->n_workloads; k++) {
        double attempts = attempts_below(ledger, k), batch_frac = ledger->inputs->workloads[k].batch_frac;
        later += attempts * batch_frac;
        now += attempts * (1.0 - batch_frac);
    }
    double later_kept = later > 0.0 ? fmin(1.0, fleet->batch_attempts / later) : 0.0;
    double here = now > 0.0 ? fmin(1.0, (fleet->attempts - fleet->batch_attempts) / now) : 0.0;
    double rest = now > 0.0 ? fmin(1.0, (fleet->rest_attempts - fleet->batch_attempts) / now) : 0.0;
    double spared_input_tok = 0.0,
           spared_output_tok = 0.0; /* the API, by the fleet that leaves it its rest */
    ledger->api_later_frac = later > 0.0 ? 1.0 - later_kept : 0.0;
    ledger->fallback_frac = again;
    ledger->self_input_tok = ledger->self_output_tok = 0.0;
    for (int k = 0; k < ledger->inputs->n_workloads; k++) {
        const Workload *w = &ledger->inputs->workloads[k];
        bool is_mixed = ledger->inputs->n_workloads > 1;
        double mine = is_mixed ? fleet->now_kept_frac[k] : here;
        double spared = is_mixed ? fleet->rest_kept_frac[k] : rest;
        double input_tok = attempts_below(ledger, k) * ledger->workspace->cuts[k].below_tok;
        double output_tok = attempts_below(ledger, k) * w->output_tok;
        double kept = (1.0 - w->batch_frac) * mine + w->batch_frac * later_kept;
        double left_out = (1.0 - w->batch_frac) * spared + w->batch_frac * later_kept;
        ledger->api_now_frac[k] = now > 0.0 ? fmax(0.0, 1.0 - spared) : 0.0;
        ledger->self_input_tok += input_tok * kept;
        ledger->self_output_tok += output_tok * kept;
        spared_input_tok += input_tok * left_out;
        spared_output_tok += output_tok * left_out;
    }
    ledger->api_input_tok = fmax(0.0, demand->input_tok - (1.0 - again) * spared_input_tok);
    ledger->api_output_tok = fmax(0.0, demand->output_tok - (1.0 - again) * spared_output_tok);
    ledger->month->api_attempts += fmax(0.0, demand->attempts - (1.0 - again) * fleet->rest_attempts);
}

/* The fleet in the month's figures; parts of one option are added up, utilisation is weighed by GPU-hours. */
static void show_fleet(Ledger *ledger, const MonthCapacity *fleet, int reserved)
{
    MonthResult *month = ledger->month;
    double hours = HOURS_PER_MONTH / HOURS_PER_WEEK * (double)fleet->gpu_hours_week;
    double used = month->utilisation_frac * month->gpu_hours + fleet->utilisation_frac * hours;
    bool is_first = !(month->gpu_hours > 0.0);
    month->replicas_peak += fleet->peak;
    month->replicas_trough += fleet->trough;
    month->reserved_replicas += reserved;
    month->staffed_gpus += fleet->staffed_gpus;
    month->replica_req_s = fleet->replica_req_s;
    month->gpu_hours += hours;
    month->utilisation_frac = is_first ? fleet->utilisation_frac : used / month->gpu_hours;
}

static void pay_service(Ledger *ledger, const FleetPlan *plan, double staffed_gpus, double test_gpus)
{
    const OptionInputs *option = ledger->option;
    const Operations *ops = &option->operations;
    double weights_gb = option->shape.params_total * option->serving.weight_bytes / BYTES_PER_GB;
    double hosts = ceil_safe(staffed_gpus / GPUS_PER_HOST);
    pay_network(ledger);
    pay_logs(ledger);
    ledger_pay(ledger, DRIVER_WEIGHT_STORAGE, weights_gb * ops->weight_copies, ops->storage_usd_per_gb_month,
               1.0);
    ledger_pay(ledger, DRIVER_HOST_MONITORING, hosts, ops->host_monitoring_usd_per_month, 1.0);
    ledger_term(ledger, DRIVER_WEIGHT_STORAGE, "weights", "GB", weights_gb);
    ledger_term(ledger, DRIVER_HOST_MONITORING, "gpus", "GPUs", staffed_gpus);
    pay_evaluation(ledger, plan, test_gpus);
    pay_fleet_people(ledger);
    ledger_pay(ledger, DRIVER_SECURITY_COST, 1.0, ops->security_self_usd_per_month, 1.0);
    pay_licence(ledger, plan);
    if (is_generation_move(ledger))
        ledger_pay(ledger, DRIVER_GENERATION_SWITCH, 1.0, option->fleet.generation_switch_usd, 1.0);
    pay_extras(ledger);
    pay_optionality(ledger);
    if (ledger->age == 0) ledger_pay(ledger, DRIVER_SETUP_COST, 1.0, ops->setup_self_usd, 1.0);
}

void self_months(Ledger *ledger, const FleetPlan *plan)
{
    Billing billing = {plan->replica.degree, ledger->option->fleet.instance_gpus, plan->reserved};
    int servers = 0;
    plan_people(ledger, &billing);
    for (int m = ledger->from; m < ledger->until; m++) {
        const MonthCapacity *fleet = &ledger->fleet[m];
        month_begin(ledger, m);
        show_fleet(ledger, fleet, plan->reserved);
        set_shares(ledger, fleet);
        if (ledger->is_owned) {
            pay_own(ledger, &billing, &servers);
        } else {
            pay_rent(ledger, &billing, fleet);
        }
        pay_service(ledger, plan, fleet->staffed_gpus, used_gpus(ledger, &billing, fleet->peak));
        double before_usd = ledger->npv_usd;
        if (ledger->uses_api) pay_api_service(ledger);
        ledger->api_npv_usd += ledger->npv_usd - before_usd;
        tell_fleet(ledger, plan, fleet, servers);
        month_end(ledger);
    }
    if (!ledger->is_owned) pay_rest_of_term(ledger, &billing);
}
