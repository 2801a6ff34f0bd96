/* Driver lines as money. Layer: view. */
#include "tokentco/postings.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Greatest whole number of micros below 2^63 that a double holds. */
static const double MICROS_MAX = 9.2e18;

Micros micros_of_usd(double usd)
{
    double micros = nearbyint(usd * MICROS_PER_USD);
    if (micros > MICROS_MAX) micros = MICROS_MAX;
    if (micros < -MICROS_MAX) micros = -MICROS_MAX;
    return (Micros){(int64_t)micros};
}

void micros_format(Micros amount, char out[MICROS_BYTES])
{
    int64_t size = amount.micro_usd < 0 ? -amount.micro_usd : amount.micro_usd;
    snprintf(out, MICROS_BYTES, "%s%" PRId64 ".%06" PRId64, amount.micro_usd < 0 ? "-" : "",
             size / MICROS_PER_USD, size % MICROS_PER_USD);
}

typedef struct Collector {
    Postings *postings;
    int capacity;
    bool is_out_of_memory;
} Collector;

static void collect(void *context, const DriverLine *line)
{
    Collector *collector = context;
    Postings *postings = collector->postings;
    Micros amount = micros_of_usd(driver_line_usd(line));
    if (amount.micro_usd == 0 || collector->is_out_of_memory) return;
    if (postings->n == collector->capacity) {
        int capacity = collector->capacity == 0 ? 1024 : 2 * collector->capacity;
        Posting *items = realloc(postings->items, (size_t)capacity * sizeof *items);
        if (items == NULL) {
            collector->is_out_of_memory = true;
            return;
        }
        postings->items = items;
        collector->capacity = capacity;
    }
    postings->items[postings->n++] = (Posting){
        line->option, line->month, line->driver, line->quantity, line->unit_price_usd * line->factor, amount};
    postings->option_totals[line->option].micro_usd += amount.micro_usd;
}

bool postings_build(const Resolved *resolved, Workspace *workspace, Postings *out, Err *err)
{
    *out = (Postings){.resolved = resolved};
    Collector collector = {.postings = out};
    Sink sink = {.line = collect, .context = &collector};
    evaluate(&resolved->inputs, workspace, &sink);
    if (!collector.is_out_of_memory) return true;
    postings_free(out);
    return err_set(err, ERR_BUG, "out of memory");
}

void postings_free(Postings *postings)
{
    free(postings->items);
    *postings = (Postings){0};
}

/* The field behind the unit price of each driver. */
typedef struct PriceField {
    GroupId group;
    const char *name;
} PriceField;

static const PriceField price_fields[N_DRIVERS] = {
    [DRIVER_RENT_RESERVED] = {GROUP_RENT, "on_demand_usd_per_gpu_h"},
    [DRIVER_RENT_ON_DEMAND] = {GROUP_RENT, "on_demand_usd_per_gpu_h"},
    [DRIVER_RENT_SPOT] = {GROUP_RENT, "on_demand_usd_per_gpu_h"},
    [DRIVER_SERVER_PURCHASE] = {GROUP_OWN, "server_usd"},
    [DRIVER_SERVER_SETUP] = {GROUP_OWN, "server_setup_usd"},
    [DRIVER_RESIDUAL_VALUE] = {GROUP_OWN, "residual_decay_per_year"},
    [DRIVER_COLOCATION] = {GROUP_OWN, "colocation_usd_per_kw_month"},
    [DRIVER_ELECTRICITY] = {GROUP_OWN, "energy_usd_per_kwh"},
    [DRIVER_SERVER_MAINTENANCE] = {GROUP_OWN, "maintenance_per_year"},
    [DRIVER_API_USAGE] = {GROUP_API, "input_usd_per_mtok"},
    [DRIVER_API_BATCH] = {GROUP_API, "input_usd_per_mtok"},
    [DRIVER_API_COMMIT] = {GROUP_API, "min_commit_usd_per_month"},
    [DRIVER_EGRESS] = {GROUP_NETWORK, "egress_usd_per_gb"},
    [DRIVER_INTER_ZONE] = {GROUP_NETWORK, "inter_zone_usd_per_gb"},
    [DRIVER_NAT] = {GROUP_NETWORK, "nat_usd_per_gb"},
    [DRIVER_BALANCER] = {GROUP_NETWORK, "balancer_usd_per_month"},
    [DRIVER_LOG_STORAGE] = {GROUP_OPERATIONS, "storage_usd_per_gb_month"},
    [DRIVER_WEIGHT_STORAGE] = {GROUP_OPERATIONS, "storage_usd_per_gb_month"},
    [DRIVER_LOG_INGEST] = {GROUP_OPERATIONS, "log_usd_per_gb"},
    [DRIVER_HOST_MONITORING] = {GROUP_OPERATIONS, "host_monitoring_usd_per_month"},
    [DRIVER_EVALUATION_RUNS] = {GROUP_OPERATIONS, "evaluation_self_usd_per_month"},
    [DRIVER_UPGRADE_WORK] = {GROUP_OPERATIONS, "upgrade_usd"},
    [DRIVER_AB_CAPACITY] = {GROUP_RENT, "on_demand_usd_per_gpu_h"},
    [DRIVER_API_MIGRATION] = {GROUP_OPERATIONS, "api_migrate_usd"},
    [DRIVER_STAFF_COST] = {GROUP_STAFF, "salary_usd_per_year"},
    [DRIVER_SECURITY_COST] = {GROUP_OPERATIONS, "security_self_usd_per_month"},
    [DRIVER_LICENCE_FEE] = {GROUP_LICENCE, "fee_usd_per_month"},
    [DRIVER_QUALITY_DEBT] = {GROUP_LICENCE, "freeze_usd_per_month"},
    [DRIVER_MODEL_SWITCH] = {GROUP_LICENCE, "switch_usd"},
    [DRIVER_OPTIONALITY_SETUP] = {GROUP_OPERATIONS, "optionality_setup_usd"},
    [DRIVER_OPTIONALITY_UPKEEP] = {GROUP_OPERATIONS, "optionality_usd_per_month"},
    [DRIVER_SETUP_COST] = {GROUP_OPERATIONS, "setup_self_usd"},
    [DRIVER_PRESENT_API_BILL] = {GROUP_BILL, "usd_by_month"},
    [DRIVER_PRESENT_GPU_BILL] = {GROUP_BILL, "usd_by_month"},
    [DRIVER_LOAN_PAYMENT] = {GROUP_OWN, "loan_rate_per_year"},
    [DRIVER_LOAN_BALANCE] = {GROUP_OWN, "loan_rate_per_year"},
    [DRIVER_HIRING] = {GROUP_STAFF, "hiring_cost_frac"},
    [DRIVER_GUARDRAIL] = {GROUP_EXTRAS, "guardrail_usd_per_mtok"},
    [DRIVER_DRIFT_MONITORING] = {GROUP_EXTRAS, "drift_usd_per_mtok"},
    [DRIVER_REGISTRY] = {GROUP_EXTRAS, "registry_usd_per_month"},
    [DRIVER_FINE_TUNING] = {GROUP_RENT, "on_demand_usd_per_gpu_h"},
    [DRIVER_EDGE_PURCHASE] = {GROUP_EXTRAS, "edge_site_usd"},
    [DRIVER_EDGE_POWER] = {GROUP_EXTRAS, "edge_usd_per_kwh"},
    [DRIVER_EDGE_VISITS] = {GROUP_EXTRAS, "edge_visit_usd"},
};

/* Drivers that self-hosting and an API pay at prices of their own. */
static PriceField price_field_of(DriverId driver, OptionKind kind)
{
    PriceField field = price_fields[driver];
    if (kind != OPTION_API) return field;
    if (driver == DRIVER_EVALUATION_RUNS) field.name = "evaluation_api_usd_per_month";
    if (driver == DRIVER_SECURITY_COST) field.name = "security_api_usd_per_month";
    if (driver == DRIVER_SETUP_COST) field.name = "setup_api_usd";
    return field;
}

const char *posting_source(const Postings *postings, const Posting *posting)
{
    const Resolved *resolved = postings->resolved;
    if (posting->driver >= N_DRIVERS || price_fields[posting->driver].name == NULL) return "";
    PriceField field = price_field_of(posting->driver, resolved->inputs.options[posting->option].kind);
    const GroupRow *group = &input_groups[field.group];
    const FieldRow *row = field_find(group->rows, group->n_rows, field.name);
    if (row == NULL) return "";
    FieldRef ref = {posting->option, field.group, (int)(row - group->rows)};
    const Origin *origin = resolved_origin(resolved, &ref);
    return origin != NULL && origin->text != NULL ? origin->text : "";
}
