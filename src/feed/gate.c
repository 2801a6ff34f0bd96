/* The sanity gate. Layer: feed.
 *
 * Bounds are wide on purpose: prices differ 18-fold between sellers of one accelerator and 10-fold between
 * sellers of one model, and cuts of five times in a day were real. What the gate is after are slips of the
 * unit (10^3, 10^6, the number of accelerators), and those are wider still.
 */
#include "feed/gate.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* USD per million tokens. The dearest real prices so far are 150 in and 600 out, the cheapest 0.005. */
static const double INPUT_MAX_USD = 250.0, OUTPUT_MAX_USD = 1000.0, TOKEN_MIN_USD = 0.001;
/* USD per accelerator and hour. */
static const double HOUR_MAX_USD = 100.0;
/* Against the median of the accelerator's sellers. */
static const double RENTAL_HIGH = 4.0, RENTAL_LOW = 1.0 / 30.0;
/* Price over median from which a price is compared as that of a whole instance, and how well it must fit
 * then. */
static const double INSTANCE_HIGH = 2.5, INSTANCE_FIT = 2.5;
/* Price per accelerator of n over that of one, as a part of the way from 1 to n: from here on it is the price
 * of all. */
static const double INSTANCE_GROWTH = 0.7;
/* Against the median of a model's sellers. */
static const double MODEL_HIGH = 20.0, MODEL_LOW = 1.0 / 50.0;
/* Against the price in force. */
static const double TOKEN_JUMP = 10.0, RENTAL_JUMP = 4.0;
/* A lone value this far from both neighbours, which are this close to one another. */
static const double PEAK_FACTOR = 1.6, PEAK_NEIGHBOURS = 1.15;
/* GB against GiB is 7 %. */
static const double SPEC_SLACK = 0.08;
enum { SELLERS_MIN = 3, NAME_BYTES = 256 };
/* An announcement further ahead than this is a mistake in the year. */
enum { AHEAD_MAX_DAYS = 800 };

typedef struct Sample {
    const char *name; /* borrowed */
    double usd;
} Sample;

static int sample_compare(const void *a, const void *b)
{
    const Sample *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order != 0 ? order : (x->usd > y->usd) - (x->usd < y->usd);
}

/* Medians of samples by name, added to the gate's table under that name. */
static void usual_learn(Gate *gate, NameIndex *index, Sample *samples, int n)
{
    if (n == 0) return;
    qsort(samples, (size_t)n, sizeof *samples, sample_compare);
    struct Usual *grown = arena_array(&gate->arena, (size_t)(gate->n_usual + n), sizeof *grown);
    if (gate->n_usual > 0) memcpy(grown, gate->usual, (size_t)gate->n_usual * sizeof *grown);
    gate->usual = grown;
    for (int i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && strcmp(samples[end].name, samples[i].name) == 0;) end++;
        double median = gsl_stats_median_from_sorted_data(&samples[i].usd, sizeof *samples / sizeof(double),
                                                          (size_t)(end - i));
        *name_index_get(index, samples[i].name) = gate->n_usual;
        gate->usual[gate->n_usual++] = (struct Usual){median, end - i};
    }
}
_Static_assert(sizeof(Sample) % sizeof(double) == 0, "the stride of samples is a whole number of doubles");

static const struct Usual *usual_find(const Gate *gate, const NameIndex *index, const char *name)
{
    const intptr_t *at = name_index_find(index, name);
    return at == NULL || gate->usual[*at].n < SELLERS_MIN ? NULL : &gate->usual[*at];
}

/* Firm capacity, interruptible and reserved differ by design. */
static void rental_name(const char *gpu, const char *term, char out[NAME_BYTES])
{
    char class = strcmp(term, "spot") == 0 ? 's' : strncmp(term, "reserved", 8) == 0 ? 'r' : 'f';
    size_t n = strlen(gpu) < NAME_BYTES - 2 ? strlen(gpu) : NAME_BYTES - 2;
    out[0] = class;
    memcpy(out + 1, gpu, n);
    out[n + 1] = '\0';
}

/* "meta-llama/llama-3.3-70b-instruct" and "llama-3.3-70b-instruct" are one model. */
static const char *model_without_maker(const char *model)
{
    const char *slash = strrchr(model, '/');
    return slash == NULL ? model : slash + 1;
}

static void learn_rentals(Gate *gate, const PriceRow **rows, int n, Sample *samples)
{
    for (int i = 0; i < n; i++) {
        char name[NAME_BYTES];
        rental_name(rows[i]->cells[RENTAL_GPU].text, rows[i]->cells[RENTAL_TERM].text, name);
        samples[i] = (Sample){arena_strdup(&gate->arena, name), rows[i]->cells[RENTAL_USD_PER_GPU_H].number};
    }
    usual_learn(gate, &gate->rentals, samples, n);
}

static void learn_models(Gate *gate, const PriceRow **rows, int n, Sample *samples)
{
    int n_samples = 0;
    for (int i = 0; i < n; i++) {
        const PriceCell *cells = rows[i]->cells;
        if (strcmp(cells[APIP_TIER].text, "base") != 0 || !cells[APIP_INPUT].has) continue;
        samples[n_samples++] =
            (Sample){model_without_maker(cells[APIP_MODEL].text), cells[APIP_INPUT].number};
    }
    usual_learn(gate, &gate->models, samples, n_samples);
}

void gate_init(Gate *gate, const PriceBook *book, Date as_of)
{
    *gate = (Gate){.book = book, .as_of = as_of};
    arena_init(&gate->arena);
    name_index_init(&gate->rentals, &gate->arena);
    name_index_init(&gate->models, &gate->arena);
    static const PriceKind kinds[] = {PRICE_GPU_RENTAL, PRICE_API};
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        int max = book->tables[kinds[k]].n_rows;
        if (max == 0) continue;
        const PriceRow **rows = arena_array(&gate->arena, (size_t)max, sizeof *rows);
        Sample *samples = arena_array(&gate->arena, (size_t)max, sizeof *samples);
        int n = pricebook_list(book, kinds[k], NULL, 0, as_of, rows, max);
        if (kinds[k] == PRICE_GPU_RENTAL)
            learn_rentals(gate, rows, n, samples);
        else
            learn_models(gate, rows, n, samples);
    }
}

void gate_free(Gate *gate)
{
    arena_free(&gate->arena);
    *gate = (Gate){0};
}

static void check_rental(const Gate *gate, Offer *offer)
{
    const PriceCell *cells = offer->cells;
    if (!cells[RENTAL_USD_PER_GPU_H].has) {
        offer_fault(offer, GATE_NO_PRICE, "no price");
        return;
    }
    double usd = cells[RENTAL_USD_PER_GPU_H].number, count = cells[RENTAL_GPUS].number;
    if (usd < 0.0)
        offer_fault(offer, GATE_SENTINEL, "%.6g USD per GPU-hour", usd);
    else if (usd <= 0.0)
        offer_fault(offer, GATE_ZERO_PRICE, "0 USD per GPU-hour");
    else if (usd > HOUR_MAX_USD)
        offer_fault(offer, GATE_TOO_HIGH, "%.6g USD per GPU-hour", usd);
    char name[NAME_BYTES];
    rental_name(cells[RENTAL_GPU].text, cells[RENTAL_TERM].text, name);
    const struct Usual *usual = usual_find(gate, &gate->rentals, name);
    if (usual == NULL) return;
    double times = usd / usual->median_usd;
    if (count > 1.0 && times > INSTANCE_HIGH && times / count < INSTANCE_FIT &&
        times / count > 1.0 / INSTANCE_FIT) {
        offer_fault(offer, GATE_WHOLE_INSTANCE, "%.6g for %g; the median of %d sellers is %.4g each", usd,
                    count, usual->n, usual->median_usd);
    } else if (times > RENTAL_HIGH) {
        offer_fault(offer, GATE_FAR_ABOVE, "%.6g; the median of %d sellers is %.4g", usd, usual->n,
                    usual->median_usd);
    } else if (times < RENTAL_LOW) {
        offer_fault(offer, GATE_FAR_BELOW, "%.6g; the median of %d sellers is %.4g", usd, usual->n,
                    usual->median_usd);
    }
}

double gate_safe_max(const Gate *gate, const Offer *offer)
{
    char name[NAME_BYTES];
    rental_name(offer->cells[RENTAL_GPU].text, offer->cells[RENTAL_TERM].text, name);
    const struct Usual *usual = usual_find(gate, &gate->rentals, name);
    return usual == NULL ? HOUR_MAX_USD
                         : fmin(HOUR_MAX_USD, fmin(INSTANCE_HIGH, RENTAL_HIGH) * usual->median_usd);
}

static void check_tokens(Offer *offer)
{
    const PriceCell *in = &offer->cells[APIP_INPUT], *out = &offer->cells[APIP_OUTPUT];
    if (!in->has && !out->has) offer_fault(offer, GATE_NO_PRICE, "no price");
    for (int i = APIP_INPUT; i <= APIP_BATCH_OUTPUT; i++) {
        const PriceCell *cell = &offer->cells[i];
        if (cell->has && cell->number < 0.0) offer_fault(offer, GATE_SENTINEL, "%.6g", cell->number);
    }
    if (in->has != out->has)
        offer_fault(offer, GATE_ONE_SIDE, "no price for %s", in->has ? "output" : "input");
    if (in->number <= 0.0 || out->number <= 0.0) {
        offer_fault(offer, GATE_ZERO_PRICE, "%.6g in, %.6g out", in->number, out->number);
    }
    if (in->number > INPUT_MAX_USD || out->number > OUTPUT_MAX_USD) {
        offer_fault(offer, GATE_TOO_HIGH, "%.6g in, %.6g out per million tokens", in->number, out->number);
    }
    if (in->number < TOKEN_MIN_USD || out->number < TOKEN_MIN_USD) {
        offer_fault(offer, GATE_TOO_LOW, "%.6g in, %.6g out per million tokens", in->number, out->number);
    }
    if (offer->cells[APIP_CACHED].has && offer->cells[APIP_CACHED].number > in->number) {
        offer_fault(offer, GATE_CACHED_ABOVE_INPUT, "%.6g cached, %.6g in", offer->cells[APIP_CACHED].number,
                    in->number);
    }
}

/* Figures of an accelerator against those that the book has. */
static void check_spec(const Gate *gate, Offer *offer)
{
    const char *const keys[] = {offer->cells[ACC_GPU].text};
    const PriceRow *row = pricebook_find(gate->book, PRICE_ACCELERATORS, keys, 1, gate->as_of, -1, NULL);
    for (int i = ACC_MEMORY_GB; row != NULL && i <= ACC_TDP_W; i++) {
        double here = row->cells[i].number, there = offer->cells[i].number;
        if (!offer->cells[i].has || !row->cells[i].has || fabs(there - here) <= SPEC_SLACK * here) continue;
        offer_fault(offer, GATE_SPEC, "%s %.6g; the book has %.6g",
                    price_tables[PRICE_ACCELERATORS].columns[i].name, there, here);
    }
}

/* What each rule of a contract needs. */
static const struct {
    const char *rule;
    bool has_usd, has_discount; /* must be there, and above 0 */
} contract_rules[] = {{"tier", false, true}, {"commitment", true, false}, {"credit", true, false}};

static void check_contract(Offer *offer)
{
    enum { N_RULES = sizeof contract_rules / sizeof contract_rules[0] };
    const PriceCell *cells = offer->cells, *discount = &cells[CONP_DISCOUNT];
    const char *covers = cells[CONP_COVERS].text;
    int rule = 0;
    while (rule < N_RULES && strcmp(contract_rules[rule].rule, cells[CONP_RULE].text) != 0) rule++;
    if (rule == N_RULES) {
        offer_fault(offer, GATE_TERMS, "rule '%.40s' is not tier, commitment or credit",
                    cells[CONP_RULE].text);
        return;
    }
    if (!cells[CONP_CUSTOMER].has) offer_fault(offer, GATE_TERMS, "no customer; 'any' is everybody");
    if (!cells[CONP_USD].has || cells[CONP_USD].number < 0.0)
        offer_fault(offer, GATE_TERMS, "no amount in usd");
    if (contract_rules[rule].has_usd && cells[CONP_USD].number <= 0.0)
        offer_fault(offer, GATE_TERMS, "a %s of %.6g USD", contract_rules[rule].rule, cells[CONP_USD].number);
    if (contract_rules[rule].has_discount && !(discount->number > 0.0))
        offer_fault(offer, GATE_TERMS, "a tier without discount_frac");
    if (discount->has && (discount->number < 0.0 || discount->number >= 1.0))
        offer_fault(offer, GATE_TERMS, "discount_frac %.6g; 0.15 is 15 %%", discount->number);
    double months = cells[CONP_MONTHS].number;
    if (cells[CONP_MONTHS].has && (months < 1.0 || months > INPUT_MONTHS_MAX || floor(months) < months))
        offer_fault(offer, GATE_TERMS, "a term of %.6g months", months);
    if (covers[0] != '\0' && strcmp(covers, "api") != 0 && strcmp(covers, "gpus") != 0 &&
        strcmp(covers, "both") != 0)
        offer_fault(offer, GATE_TERMS, "covers '%.20s' is not api, gpus or both", covers);
}

void gate_check_alone(const Gate *gate, Offer *offer)
{
    if (offer->has_from && offer->valid_from > gate->as_of + AHEAD_MAX_DAYS) {
        char date[16];
        date_format(offer->valid_from, date);
        offer_fault(offer, GATE_BAD_DATE, "%s lies far ahead", date);
    }
    if (offer->kind == PRICE_GPU_RENTAL)
        check_rental(gate, offer);
    else if (offer->kind == PRICE_API)
        check_tokens(offer);
    else if (offer->kind == PRICE_ACCELERATORS)
        check_spec(gate, offer);
    else if (offer->kind == PRICE_CONTRACTS)
        check_contract(offer);
}

static void check_jump(const Gate *gate, Offer *offer)
{
    const char *keys[OFFER_KEYS_MAX];
    char count[32];
    for (int i = 0; i < price_key_columns(offer->kind); i++) {
        keys[i] = offer->cells[i].text;
        if (keys[i][0] != '\0') continue;
        number_plain(offer->cells[i].number, count);
        keys[i] = count;
    }
    Date as_of = offer->has_from ? offer->valid_from : gate->as_of;
    const PriceRow *row =
        pricebook_find(gate->book, offer->kind, keys, price_key_columns(offer->kind), as_of, -1, NULL);
    if (row == NULL) return;
    bool is_rental = offer->kind == PRICE_GPU_RENTAL;
    int last = is_rental ? RENTAL_USD_PER_GPU_H : APIP_OUTPUT;
    double limit = is_rental ? RENTAL_JUMP : TOKEN_JUMP;
    for (int i = price_key_columns(offer->kind); i <= last; i++) {
        if (!row->cells[i].has || !offer->cells[i].has || row->cells[i].number <= 0.0) continue;
        double times = offer->cells[i].number / row->cells[i].number;
        if (times < limit && times > 1.0 / limit) continue;
        offer_fault(offer, GATE_JUMP, "%s from %.6g to %.6g", price_tables[offer->kind].columns[i].name,
                    row->cells[i].number, offer->cells[i].number);
    }
}

static void check_others(const Gate *gate, Offer *offer)
{
    if (strcmp(offer->cells[APIP_TIER].text, "base") != 0) return;
    const struct Usual *usual =
        usual_find(gate, &gate->models, model_without_maker(offer->cells[APIP_MODEL].text));
    if (usual == NULL) return;
    double times = offer->cells[APIP_INPUT].number / usual->median_usd;
    if (times > MODEL_HIGH || times < MODEL_LOW) {
        offer_fault(offer, GATE_UNLIKE_OTHERS, "%.6g in; the median of %d sellers is %.4g",
                    offer->cells[APIP_INPUT].number, usual->n, usual->median_usd);
    }
}

/* Order of a series: key, then date. */
static int series_compare(const Offer *a, const Offer *b)
{
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    for (int i = 0; i < price_key_columns(a->kind); i++) {
        int order = strcmp(a->cells[i].text, b->cells[i].text);
        if (order != 0) return order;
        if (a->cells[i].number != b->cells[i].number) return a->cells[i].number < b->cells[i].number ? -1 : 1;
    }
    return 0;
}

static int offer_compare(const void *a, const void *b)
{
    const Offer *x = *(Offer *const *)a, *y = *(Offer *const *)b;
    int order = series_compare(x, y);
    if (order != 0) return order;
    if (x->valid_from != y->valid_from) return x->valid_from < y->valid_from ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static void check_peak(Offer *const *at)
{
    if (series_compare(at[-1], at[0]) != 0 || series_compare(at[0], at[1]) != 0) return;
    int column = price_key_columns(at[0]->kind);
    double before = at[-1]->cells[column].number, value = at[0]->cells[column].number,
           after = at[1]->cells[column].number;
    double low = fmin(before, after), high = fmax(before, after);
    if (high > low * PEAK_NEIGHBOURS || low <= 0.0) return;
    if (value > high * PEAK_FACTOR || value < low / PEAK_FACTOR) {
        offer_fault(at[0], GATE_PEAK, "%.6g between %.6g and %.6g", value, before, after);
    }
}

/* The same seller, place and accelerator, whatever the number and the term. */
static bool is_same_market(const Offer *a, const Offer *b)
{
    if (a->kind != PRICE_GPU_RENTAL || b->kind != PRICE_GPU_RENTAL) return false;
    for (int i = 0; i < RENTAL_GPUS; i++)
        if (strcmp(a->cells[i].text, b->cells[i].text) != 0) return false;
    return true;
}

/* A price per accelerator that grows with their number is that of the instance. `i` is the offer's place. */
static void check_growth(Offer *const *items, int i)
{
    Offer *offer = items[i];
    const double count = offer->cells[RENTAL_GPUS].number, usd = offer->cells[RENTAL_USD_PER_GPU_H].number;
    if (offer->kind != PRICE_GPU_RENTAL || count <= 1.0) return;
    for (int k = i - 1; k >= 0 && is_same_market(items[k], offer); k--) {
        const PriceCell *one = items[k]->cells;
        bool is_single = one[RENTAL_GPUS].number <= 1.0 && items[k]->rule == GATE_NONE &&
                         strcmp(one[RENTAL_TERM].text, offer->cells[RENTAL_TERM].text) == 0;
        if (!is_single || usd < one[RENTAL_USD_PER_GPU_H].number * (1.0 + INSTANCE_GROWTH * (count - 1.0)))
            continue;
        offer_fault(offer, GATE_WHOLE_INSTANCE, "%.6g for %g; one alone costs %.6g", usd, count,
                    one[RENTAL_USD_PER_GPU_H].number);
    }
}

void gate_check_all(const Gate *gate, OfferSet *set)
{
    if (set->n_items > 0) qsort(set->items, (size_t)set->n_items, sizeof(Offer *), offer_compare);
    for (int i = 0; i < set->n_items; i++) {
        Offer *offer = set->items[i];
        if (offer->rule != GATE_NONE || offer->kind == PRICE_ACCELERATORS || offer->kind == PRICE_CONTRACTS)
            continue;
        if (i > 0 && i + 1 < set->n_items && offer->has_from) check_peak(&set->items[i]);
        if (offer->kind == PRICE_API) check_others(gate, offer);
        check_growth(set->items, i);
        check_jump(gate, offer);
    }
}
