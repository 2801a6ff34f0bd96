/* What options refer to: models, accelerators, prices, salaries, records, calibration. Layer: feed.
 *
 * A reference fills only fields that nobody wrote. What cannot be found makes the option infeasible with the
 * reason; it is an answer, not a fault of the file.
 */
#include "feed/scenario_doc.h"

#include "tokentco/calibration_serving.h"
#include "tokentco/machine.h"
#include "tokentco/record.h"
#include "tokentco/throughput_facts.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { ORIGIN_TEXT_BYTES = 256 };

void reference_block(Filling *f, const char *format, ...)
{
    if (f->option->is_blocked) return;
    f->option->is_blocked = true;
    va_list args;
    va_start(args, format);
    vsnprintf(f->option->blocked, sizeof f->option->blocked, format, args);
    va_end(args);
}

static int row_number(GroupId group, const char *name)
{
    const FieldRow *row = field_find(input_groups[group].rows, input_groups[group].n_rows, name);
    return (int)(row - input_groups[group].rows);
}

Origin *reference_origin(Filling *f, GroupId group, const char *name)
{
    return origin_slot(f->r->out, group, f->index, row_number(group, name));
}

bool reference_is_written(Filling *f, GroupId group, const char *name)
{
    OriginKind kind = reference_origin(f, group, name)->kind;
    return kind == ORIGIN_OPTION || kind == ORIGIN_SHARED;
}

const char *reference_row_text(Filling *f, const PriceRow *row, const char *what)
{
    char text[ORIGIN_TEXT_BYTES], from[16];
    const char *slash = strrchr(row->file, '/');
    date_format(row->valid_from, from);
    snprintf(text, sizeof text, "%s:%d (%s%sfrom %s%s; %.120s)", slash != NULL ? slash + 1 : row->file,
             row->line, what, what[0] != '\0' ? "; " : "", from,
             price_row_is_announced(row) ? ", announced" : "", row->source);
    return arena_strdup(&f->r->out->arena, text);
}

/* Writes a number that came from somewhere, unless the scenario wrote it. An out-of-range figure is a fault
 * of its source. */
static void fill(Filling *f, GroupId group, const char *name, double value, OriginKind kind, const char *text,
                 const PriceRow *row)
{
    const FieldRow *field = &input_groups[group].rows[row_number(group, name)];
    if (reference_is_written(f, group, name)) return;
    Err err = {0};
    if (!field_set(field, inputs_group(&f->r->out->inputs, group, f->index), value, &err)) {
        reference_block(f, "%s/%s from %.100s: %.100s", input_groups[group].name, name, text, err.text);
        return;
    }
    *reference_origin(f, group, name) = (Origin){kind, text, row};
}

/* ---- model and accelerator ---- */

/* Copies every field of a looked-up group that nobody wrote. */
static void fill_group(Filling *f, GroupId group, const void *found, const PriceRow *row, const char *text)
{
    for (size_t i = 0; i < input_groups[group].n_rows; i++) {
        const FieldRow *field = &input_groups[group].rows[i];
        if (field_is_given(field, found))
            fill(f, group, field->name, field_get(field, found), ORIGIN_PRICEBOOK, text, row);
    }
}

static bool is_group_written(Filling *f, GroupId group)
{
    for (size_t i = 0; i < input_groups[group].n_rows; i++)
        if (reference_is_written(f, group, input_groups[group].rows[i].name)) return true;
    return false;
}

static void fill_model(Filling *f, PriceBook *book)
{
    const char *model = f->option->engine.model;
    ModelShape shape;
    const PriceRow *row;
    Err err = {0};
    if (model[0] == '\0') {
        if (!is_group_written(f, GROUP_SHAPE))
            reference_block(f, "engine/model is missing: name a model of models.csv, or write its shape");
        return;
    }
    memset(&shape, 0, sizeof shape);
    if (!pricebook_shape(book, model, f->r->out->as_of, &shape, &row, &err)) {
        reference_block(f, "engine/model: %s", err.text);
        return;
    }
    fill_group(f, GROUP_SHAPE, &shape, row, reference_row_text(f, row, ""));
}

static void fill_accelerator(Filling *f, PriceBook *book)
{
    const char *gpu = f->option->engine.gpu;
    AccelSpec spec;
    const PriceRow *row;
    Err err = {0};
    if (gpu[0] == '\0') {
        if (!is_group_written(f, GROUP_ACCELERATOR) && !f->option->engine.has_measured_decode_tok_s)
            reference_block(
                f, "engine/gpu is missing: name an accelerator of accelerators.csv, or write its figures");
        return;
    }
    memset(&spec, 0, sizeof spec);
    if (!pricebook_accelerator(book, gpu, f->r->out->as_of, &spec, &row, &err)) {
        reference_block(f, "engine/gpu: %s", err.text);
        return;
    }
    fill_group(f, GROUP_ACCELERATOR, &spec, row, reference_row_text(f, row, ""));
}

/* ---- prices ---- */

static void no_price(Filling *f, const char *field, const char *what, const PriceRow *ended, const char *near)
{
    char until[16] = "";
    if (ended != NULL) date_format(ended->seen_until, until);
    if (ended != NULL) {
        reference_block(f, "%s: no price of %s as of the day; the series ended on %s", field, what, until);
    } else if (near != NULL && strncmp(near, what, strlen(near)) == 0) {
        reference_block(f, "%s: no price of %s as of the day; it is in the book for other days or tiers",
                        field, what);
    } else if (near != NULL) {
        reference_block(f, "%s: no price of %s; did you mean '%s'?", field, what, near);
    } else {
        reference_block(f, "%s: no price of %s as of the day; `tokentco prices list` shows what there is",
                        field, what);
    }
}

static void fill_rent_price(Filling *f, PriceBook *book)
{
    const Rent *rent = &f->option->rent;
    if (rent->provider[0] == '\0' || reference_is_written(f, GROUP_RENT, "on_demand_usd_per_gpu_h")) return;
    const char *gpu = pricebook_resolve(book, "gpu", f->option->engine.gpu);
    const char *keys[] = {pricebook_resolve(book, "provider", rent->provider),
                          rent->region[0] != '\0' ? rent->region : NULL, gpu, NULL, rent->term};
    const PriceRow *ended;
    const PriceRow *row =
        pricebook_find(book, PRICE_GPU_RENTAL, keys, 5, f->r->out->as_of, RENTAL_USD_PER_GPU_H, &ended);
    if (row == NULL) {
        char what[128];
        snprintf(what, sizeof what, "%.32s at %.32s, %.32s", gpu, keys[0], rent->term);
        no_price(f, "rent/provider", what, ended, NULL);
        return;
    }
    char what[ORIGIN_TEXT_BYTES];
    snprintf(what, sizeof what, "%s, %s x %s, %s, %s", row->cells[RENTAL_PROVIDER].text,
             row->cells[RENTAL_GPUS].text, row->cells[RENTAL_GPU].text, row->cells[RENTAL_REGION].text,
             row->cells[RENTAL_TERM].text);
    fill(f, GROUP_RENT, "on_demand_usd_per_gpu_h", row->cells[RENTAL_USD_PER_GPU_H].number, ORIGIN_PRICEBOOK,
         reference_row_text(f, row, what), row);
}

static void fill_api_price(Filling *f, PriceBook *book)
{
    const Api *api = &f->option->api;
    if (api->provider[0] == '\0' || api->model[0] == '\0') return;
    const char *keys[] = {pricebook_resolve(book, "provider", api->provider), api->model, api->tier};
    const PriceRow *ended;
    const PriceRow *row = pricebook_find(book, PRICE_API, keys, 3, f->r->out->as_of, -1, &ended);
    if (row == NULL) {
        char what[160];
        bool is_base = strcmp(api->tier, "base") == 0;
        snprintf(what, sizeof what, "%.60s at %.32s%s%.40s", api->model, keys[0], is_base ? "" : ", tier ",
                 is_base ? "" : api->tier);
        no_price(f, "api/model", what, ended,
                 ended == NULL ? pricebook_nearest(book, PRICE_API, APIP_MODEL, api->model) : NULL);
        return;
    }
    const PriceCell *cells = row->cells;
    if (!cells[APIP_INPUT].has || !cells[APIP_OUTPUT].has) {
        reference_block(f, "api/model: %s has no input or no output price in the book", api->model);
        return;
    }
    double input = cells[APIP_INPUT].number;
    const char *text = reference_row_text(f, row, "");
    fill(f, GROUP_API, "input_usd_per_mtok", input, ORIGIN_PRICEBOOK, text, row);
    fill(f, GROUP_API, "output_usd_per_mtok", cells[APIP_OUTPUT].number, ORIGIN_PRICEBOOK, text, row);
    bool has_cached = cells[APIP_CACHED].has;
    fill(f, GROUP_API, "cached_usd_per_mtok", has_cached ? cells[APIP_CACHED].number : input,
         ORIGIN_PRICEBOOK,
         has_cached ? text : reference_row_text(f, row, "no cached price published: the input price"), row);
    bool has_batch = cells[APIP_BATCH_INPUT].has && cells[APIP_BATCH_INPUT].number <= input && input > 0.0;
    fill(f, GROUP_API, "batch_discount_frac", has_batch ? 1.0 - cells[APIP_BATCH_INPUT].number / input : 0.0,
         ORIGIN_PRICEBOOK,
         has_batch ? text : reference_row_text(f, row, "no batch price published: no discount"), row);
}

static void fill_salary(Filling *f, PriceBook *book)
{
    const Staff *staff = &f->option->staff;
    if (staff->role[0] == '\0' || reference_is_written(f, GROUP_STAFF, "salary_usd_per_year")) return;
    const char *keys[] = {staff->role, staff->country[0] != '\0' ? staff->country : NULL, "all", NULL};
    const PriceRow *row = pricebook_find(book, PRICE_STAFFING, keys, 4, f->r->out->as_of, -1, NULL);
    if (row == NULL || strcmp(row->cells[STAFFP_UNIT].text, "usd_per_year") != 0) {
        reference_block(f, "staff/role: no yearly salary of '%.60s'%s%.16s in staffing.csv", staff->role,
                        staff->country[0] != '\0' ? " in " : "", staff->country);
        return;
    }
    fill(f, GROUP_STAFF, "salary_usd_per_year", row->cells[STAFFP_VALUE].number, ORIGIN_PRICEBOOK,
         reference_row_text(f, row, ""), row);
}

/* Items of networking.csv that fill fields; the first tier of the cheapest region counts. `factor` turns the
 * unit. */
static const struct {
    const char *item, *field;
    double factor;
} network_items[] = {
    {"internet_egress", "egress_usd_per_gb", 1.0},
    {"inter_zone", "inter_zone_usd_per_gb", 2.0}, /* listed each way; both ways are paid */
    {"nat_gb", "nat_usd_per_gb", 1.0},
    {"load_balancer_hour", "balancer_usd_per_month", HOURS_PER_MONTH},
};

static void fill_network(Filling *f, PriceBook *book)
{
    const char *provider = f->option->network.provider;
    if (provider[0] == '\0') return;
    bool is_found = false;
    for (size_t i = 0; i < sizeof network_items / sizeof network_items[0]; i++) {
        const char *keys[] = {pricebook_resolve(book, "provider", provider), network_items[i].item, NULL,
                              "0"};
        const PriceRow *row =
            pricebook_find(book, PRICE_NETWORKING, keys, 4, f->r->out->as_of, NETP_USD, NULL);
        if (row == NULL) continue;
        is_found = true;
        fill(f, GROUP_NETWORK, network_items[i].field, row->cells[NETP_USD].number * network_items[i].factor,
             ORIGIN_PRICEBOOK, reference_row_text(f, row, row->cells[NETP_REGION].text), row);
    }
    if (!is_found) reference_block(f, "network/provider: networking.csv has nothing for '%.60s'", provider);
}

/* ---- throughput: the ladder of sources ---- */

enum {
    BASIS_AUTO,
    BASIS_WANT_STATED,
    BASIS_WANT_MEASURED,
    BASIS_WANT_IMPORTED,
    BASIS_WANT_CALIBRATED,
    BASIS_WANT_PROJECTED
};

/* Measured rates belong to as many GPUs as they were measured on: another degree would bill other GPUs for
 * them. */
static bool fill_degree(Filling *f, const DeliveredRates *delivered)
{
    FieldArray *degrees = &f->option->engine.degrees;
    if (delivered->degree == 0 && degrees->n != 1) {
        reference_block(f,
                        "engine/record does not say on how many GPUs: import it again with --gpus, or write "
                        "engine/degrees");
    } else if (degrees->n == 0) {
        *degrees = (FieldArray){.n = 1, .values = {delivered->degree}};
    } else if (delivered->degree > 0 && (degrees->n != 1 || degrees->values[0] != delivered->degree)) {
        reference_block(f, "engine/degrees must be [%d]: the record was measured on %d accelerators",
                        delivered->degree, delivered->degree);
    }
    return !f->option->is_blocked;
}

/* A record of this machine speaks of the model that was run. For another model of the option, the record's
 * fit predicts what it would have been; `is_other` says whether it did. */
static bool project_record(Filling *f, PriceBook *book, Measurement *record, bool *is_other)
{
    const ModelShape *here = &record->shape;
    const char *model = f->option->engine.model;
    ModelShape wanted;
    ArchShape arch;
    Measurement projected;
    Err err = {0};
    *is_other = false;
    if (model[0] == '\0' || record->origin != MEASURED_HERE || !record->has_shape) return true;
    if (!pricebook_shape(book, model, f->r->out->as_of, &wanted, NULL, NULL))
        return true; /* said elsewhere */
    if (wanted.layers == here->layers && wanted.hidden == here->hidden && wanted.heads == here->heads &&
        wanted.experts == here->experts)
        return true;
    *is_other = throughput_arch_find(book, model, f->r->out->as_of, &arch, &err) &&
                measurement_project(record, &arch, (MachinePace){0}, &f->r->out->arena, &projected, &err);
    if (!*is_other) {
        reference_block(f, "engine/record is of %.40s: %.140s", record->model, err.text);
        return false;
    }
    memcpy(projected.id, record->id, sizeof projected.id);
    *record = projected;
    return true;
}

static bool fill_from_record(Filling *f, PriceBook *book)
{
    Resolving *r = f->r;
    const Engine *engine = &f->option->engine;
    if (engine->record[0] == '\0') return false;
    Measurement record;
    ErrList faults;
    err_list_init(&faults);
    bool is_ok = record_find(r->sources->records, engine->record, &r->out->arena, &record, &faults);
    if (!is_ok) {
        reference_block(f, "engine/record '%.40s': %.120s", engine->record,
                        faults.n_items > 0 ? faults.items[0].text : "not found");
        err_list_free(&faults);
        return false;
    }
    err_list_free(&faults);
    EngineShareTable shares = {0};
    DeliveredRates delivered;
    Err err = {0};
    const char *run = record.model;
    bool is_other;
    if (!project_record(f, book, &record, &is_other)) return false;
    if (is_other && engine->basis == BASIS_WANT_MEASURED) {
        reference_block(f, "engine/basis is measured, but the record is of %.40s", run);
        return false;
    }
    if (!engine_shares_load(&r->out->arena, &shares, r->errors)) return false;
    if (!record_delivered_rates(&record, &shares, engine->software, &delivered, &err)) {
        reference_block(f, "engine/record: %.200s", err.text);
        return false;
    }
    if (!fill_degree(f, &delivered)) return false;
    char source[ORIGIN_TEXT_BYTES];
    snprintf(source, sizeof source, "%s%.40s%s%.160s", is_other ? "predicted from steps of " : "",
             is_other ? run : "", is_other ? ", " : "", delivered.basis);
    const char *text = arena_strdup(&r->out->arena, source);
    fill(f, GROUP_ENGINE, "measured_prefill_tok_s", delivered.rates.prefill_tok_s, ORIGIN_RECORD, text, NULL);
    fill(f, GROUP_ENGINE, "measured_decode_tok_s", delivered.rates.decode_tok_s, ORIGIN_RECORD, text, NULL);
    fill(f, GROUP_ENGINE, "measured_batch", delivered.rates.batch, ORIGIN_RECORD, text, NULL);
    bool is_here = record.origin == MEASURED_HERE;
    f->option->basis = (ThroughputBasis){.basis = is_other  ? BASIS_PROJECTED
                                                  : is_here ? BASIS_MEASURED
                                                            : BASIS_IMPORTED,
                                         .has_band = delivered.band_p90 > 0.0,
                                         .band_p10 = delivered.band_p10,
                                         .band_p90 = delivered.band_p90};
    snprintf(f->option->basis.source, sizeof f->option->basis.source, "%.*s",
             (int)sizeof f->option->basis.source - 1, source);
    return true;
}

static bool fill_calibrated(Filling *f, PriceBook *book)
{
    const OptionInputs *option = f->option;
    const CalibrationTable *table = f->r->sources->calibration;
    Date as_of = f->r->out->as_of;
    ModelFacts model;
    GpuFacts gpu;
    if (option->engine.model[0] == '\0' || option->engine.gpu[0] == '\0' ||
        !throughput_model_find(book, option->engine.model, as_of, &model, NULL) ||
        !throughput_gpu_find(book, option->engine.gpu, as_of, &gpu, NULL))
        return false;
    Efficiency eff = option->efficiency;
    ThroughputBand band = {0};
    if (!calibration_serving_find(table, &model, &gpu, option->engine.software, &option->serving,
                                  &f->r->out->inputs.workloads[0], &eff, &band))
        return false;
    char engine[THROUGHPUT_NAME_BYTES];
    calibration_serving_engine(option->engine.software, engine);
    char text[ORIGIN_TEXT_BYTES];
    snprintf(text, sizeof text, "calibration.csv (%.40s on %.40s, %d measurements in all)", engine, gpu.id,
             table->n_rows);
    const char *kept = arena_strdup(&f->r->out->arena, text);
    for (size_t i = 0; i < input_groups[GROUP_EFFICIENCY].n_rows; i++) {
        const FieldRow *row = &input_groups[GROUP_EFFICIENCY].rows[i];
        fill(f, GROUP_EFFICIENCY, row->name, field_get(row, &eff), ORIGIN_CALIBRATED, kept, NULL);
    }
    f->option->basis = (ThroughputBasis){
        .basis = BASIS_CALIBRATED, .has_band = band.n_rows > 0, .band_p10 = band.p10, .band_p90 = band.p90};
    snprintf(f->option->basis.source, sizeof f->option->basis.source, "%.*s",
             (int)sizeof f->option->basis.source - 1, text);
    return true;
}

static void fill_throughput(Filling *f, PriceBook *book)
{
    const Engine *engine = &f->option->engine;
    int wanted = engine->basis;
    snprintf(f->option->basis.source, sizeof f->option->basis.source, "as written in the scenario");
    bool is_stated = is_group_written(f, GROUP_EFFICIENCY) || engine->has_measured_decode_tok_s;
    if (wanted == BASIS_WANT_STATED || (wanted == BASIS_AUTO && is_stated)) return;
    bool takes_record =
        wanted == BASIS_AUTO || wanted == BASIS_WANT_MEASURED || wanted == BASIS_WANT_IMPORTED;
    if (takes_record && fill_from_record(f, book)) return;
    if (wanted == BASIS_WANT_MEASURED || wanted == BASIS_WANT_IMPORTED) {
        reference_block(f, "engine/basis is %s, but engine/record names no record",
                        wanted == BASIS_WANT_MEASURED ? "measured" : "imported");
        return;
    }
    if (f->option->is_blocked || fill_calibrated(f, book)) return;
    if (wanted == BASIS_WANT_CALIBRATED)
        reference_block(f, "engine/basis is calibrated, but there is no calibration for this model and GPU");
    snprintf(f->option->basis.source, sizeof f->option->basis.source,
             "step model with the field table's efficiencies");
    f->option->basis.basis = BASIS_PROJECTED;
}

/* ---- needed figures ---- */

static bool is_accepted(const Resolving *r, const char *group, const char *field)
{
    if (r->is_accepted_all) return true;
    for (size_t i = 0; i < json_array_size(r->accepted); i++) {
        const char *text = json_string_value(json_array_get(r->accepted, i));
        size_t n = strlen(group);
        if (text != NULL && strncmp(text, group, n) == 0 && text[n] == '/' &&
            strcmp(text + n + 1, field) == 0)
            return true;
    }
    return false;
}

/* A needed figure is never a silent default. */
static void check_needed(Filling *f)
{
    for (int g = 0; g < N_GROUPS; g++) {
        const GroupRow *group = &input_groups[g];
        if (group->scope != SCOPE_OPTION || (group->kinds & (1U << f->option->kind)) == 0) continue;
        for (size_t i = 0; i < group->n_rows; i++) {
            const FieldRow *row = &group->rows[i];
            if ((row->flags & FIELD_NEEDED) == 0) continue;
            if (origin_slot(f->r->out, (GroupId)g, f->index, (int)i)->kind != ORIGIN_DEFAULT) continue;
            if (is_accepted(f->r, group->name, row->name)) continue;
            char number[32];
            number_format(row->default_value, number, sizeof number);
            reference_block(f,
                            "%s/%s is missing; give it (%s %s is typical), or list it under accept_defaults",
                            group->name, row->name, number, row->unit);
        }
    }
}

static bool load_tables(Resolving *r, PriceBook *book)
{
    static const PriceKind needed[] = {PRICE_ALIASES, PRICE_MODELS, PRICE_ACCELERATORS};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!pricebook_need(book, needed[i], r->errors)) return false;
    /* The large ones only when an option refers to them. */
    for (int o = 0; o < r->out->inputs.n_options; o++) {
        const OptionInputs *option = &r->out->inputs.options[o];
        if (option->rent.provider[0] != '\0' && !pricebook_need(book, PRICE_GPU_RENTAL, r->errors))
            return false;
        if (option->api.provider[0] != '\0' && !pricebook_need(book, PRICE_API, r->errors)) return false;
        if (option->contract.provider[0] != '\0' && !pricebook_need(book, PRICE_CONTRACTS, r->errors))
            return false;
        if (option->staff.role[0] != '\0' && !pricebook_need(book, PRICE_STAFFING, r->errors)) return false;
        if (option->network.provider[0] != '\0' && !pricebook_need(book, PRICE_NETWORKING, r->errors))
            return false;
    }
    return true;
}

void resolve_references(Resolving *r)
{
    PriceBook *book = r->sources->book;
    if (book == NULL || !load_tables(r, book)) return;
    for (int o = 0; o < r->out->inputs.n_options; o++) {
        Filling f = {r, &r->out->inputs.options[o], o};
        if ((KIND_SELF & (1U << f.option->kind)) != 0) {
            fill_model(&f, book);
            fill_throughput(&f, book);
            fill_accelerator(&f, book);
            fill_rent_price(&f, book);
        }
        if ((KIND_BUYS & (1U << f.option->kind)) != 0) fill_api_price(&f, book);
        fill_contract(&f, book);
        fill_salary(&f, book);
        fill_network(&f, book);
        check_needed(&f);
    }
}
