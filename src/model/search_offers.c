/* The offers of a search: what accelerators cost where, sorted into groups that differ in price alone.
 * Layer: model. */
#include "model/search_space.h"

#include "tokentco/throughput_facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- offers ---- */

static bool text_is(const PriceCell *cell, const char *text)
{
    return strcmp(cell->text, text) == 0;
}

/* The price by the hour beside a contract or a spot price: same seller, region, accelerator, instance. */
static const PriceRow *hourly_beside(const SearchSpace *space, const PriceRow *row)
{
    char gpus[32];
    number_format(row->cells[RENTAL_GPUS].number, gpus, sizeof gpus);
    const char *keys[] = {row->cells[RENTAL_PROVIDER].text, row->cells[RENTAL_REGION].text,
                          row->cells[RENTAL_GPU].text, row->cells[RENTAL_GPUS].text, "on_demand"};
    return pricebook_find(space->book, PRICE_GPU_RENTAL, keys, 5, space->as_of, -1, NULL);
}

/* Where the region or the count says nothing, a replica may use a whole node. */
static int degree_max(const PriceRow *row, const PriceRow *accelerator)
{
    int gpus = (int)row->cells[RENTAL_GPUS].number;
    bool is_any = text_is(&row->cells[RENTAL_REGION], "any");
    if (gpus > 1 || !is_any) return gpus;
    return accelerator->cells[ACC_GPUS_PER_NODE].has ? (int)accelerator->cells[ACC_GPUS_PER_NODE].number : 1;
}

static unsigned offer_bits(const SearchQuery *query, const SpaceOffer *offer)
{
    unsigned bits = 0;
    bool is_own = offer->kind == OFFER_OWN;
    if (query->regions != NULL && query->regions[0] != '\0' && !is_own &&
        (offer->kind == OFFER_HYBRID ||
         !search_list_fits(query->regions, offer->row->cells[RENTAL_REGION].text)))
        bits |= SEARCH_BIT(REGION);
    bool is_strangers =
        !is_own && (offer->kind == OFFER_HYBRID || text_is(&offer->row->cells[RENTAL_TERM], "marketplace"));
    if ((query->privacy == PRIVACY_OWNED && !is_own) || (query->privacy == PRIVACY_RENTED && is_strangers))
        bits |= SEARCH_BIT(PRIVACY);
    return bits;
}

static SpaceOffer rented_offer(const SearchSpace *space, const PriceRow *row, const PriceRow *accelerator)
{
    SpaceOffer offer = {.row = row, .usd = row->cells[RENTAL_USD_PER_GPU_H].number};
    const char *term = row->cells[RENTAL_TERM].text;
    int months = 0;
    offer.hourly_usd = offer.usd;
    offer.instance_gpus = (int)row->cells[RENTAL_GPUS].number;
    offer.degree_max = degree_max(row, accelerator);
    if (strcmp(term, "on_demand") == 0 || strcmp(term, "marketplace") == 0) return offer;
    const PriceRow *hourly = hourly_beside(space, row);
    if (hourly != NULL) offer.hourly_usd = hourly->cells[RENTAL_USD_PER_GPU_H].number;
    if (strcmp(term, "spot") == 0) {
        offer.kind = OFFER_SPOT;
    } else if (hourly != NULL && sscanf(term, "reserved_%dmo", &months) == 1 && months > 0) {
        offer.kind = OFFER_RESERVED;
        offer.term_months = months;
    } else {
        offer.kind = OFFER_HELD;
    }
    return offer;
}

static int compare_offers(const void *a, const void *b)
{
    const SpaceOffer *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->violated != y->violated) return x->violated < y->violated ? -1 : 1;
    if (x->instance_gpus != y->instance_gpus) return x->instance_gpus < y->instance_gpus ? -1 : 1;
    if (x->degree_max != y->degree_max) return x->degree_max < y->degree_max ? -1 : 1;
    if (x->usd != y->usd) return x->usd < y->usd ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static bool is_same_group(const SpaceOffer *a, const SpaceOffer *b)
{
    return a->kind == b->kind && a->violated == b->violated && a->instance_gpus == b->instance_gpus &&
           a->degree_max == b->degree_max;
}

/* Sorts the offers of an accelerator and cuts them into groups. */
static void group_offers(SearchSpace *space, SpaceGpu *gpu)
{
    qsort(gpu->offers, (size_t)gpu->n_offers, sizeof *gpu->offers, compare_offers);
    gpu->groups = arena_array(&space->arena, (size_t)gpu->n_offers + 1, sizeof *gpu->groups);
    gpu->floor_usd = HUGE_VAL;
    for (int i = 0; i < gpu->n_offers; i++) {
        const SpaceOffer *offer = &gpu->offers[i];
        bool begins = i == 0 || !is_same_group(&gpu->offers[i - 1], offer);
        if (begins)
            gpu->groups[gpu->n_groups++] =
                (OfferGroup){.first = i,
                             .is_sorted = offer->kind != OFFER_RESERVED && offer->kind != OFFER_SPOT &&
                                          offer->kind != OFFER_OWN};
        gpu->groups[gpu->n_groups - 1].n++;
        if (offer->kind == OFFER_OWN) continue;
        gpu->has_rented = true;
        gpu->floor_usd = fmin(gpu->floor_usd, fmin(offer->usd, offer->hourly_usd));
    }
    if (gpu->n_offers > space->offers_max) space->offers_max = gpu->n_offers;
}

static void add_offer(SearchSpace *space, const SearchQuery *query, SpaceGpu *gpu, SpaceOffer offer)
{
    offer.violated = offer_bits(query, &offer);
    offer.number = space->n_offers++;
    gpu->offers[gpu->n_offers++] = offer;
}

/* Averages over sellers are trends; nobody sells at them. */
static bool is_index(const PriceRow *row)
{
    return strncmp(row->cells[RENTAL_PROVIDER].text, "index-", 6) == 0;
}

static void add_rented(SearchSpace *space, const SearchQuery *query, SpaceGpu *gpu, const PriceRow *row)
{
    if (is_index(row) || !search_list_fits(query->providers, row->cells[RENTAL_PROVIDER].text) ||
        !search_list_fits(query->terms, row->cells[RENTAL_TERM].text))
        return;
    SpaceOffer offer = rented_offer(space, row, gpu->row);
    space->price_sum += offer.usd;
    add_offer(space, query, gpu, offer);
    if (offer.kind != OFFER_PLAIN) return;
    offer.kind = OFFER_HYBRID;
    add_offer(space, query, gpu, offer);
}

static void add_owned(SearchSpace *space, const SearchQuery *query, SpaceGpu *gpu)
{
    bool asks_for_rows = query->providers != NULL || query->terms != NULL;
    for (int o = 0; o < space->base->n_options && !asks_for_rows; o++) {
        const OptionInputs *option = &space->base->options[o];
        bool is_measured = option->engine.record[0] != '\0' || option->engine.has_measured_decode_tok_s;
        if (option->kind != OPTION_OWN || option->is_blocked || is_measured ||
            strcmp(pricebook_resolve(space->book, "gpu", option->engine.gpu), gpu->facts.id) != 0)
            continue;
        add_offer(space, query, gpu,
                  (SpaceOffer){.kind = OFFER_OWN,
                               .own = o,
                               .instance_gpus = option->own.server_gpus,
                               .degree_max = option->own.server_gpus});
    }
}

void search_lay_out_offers(SearchSpace *space, const SearchQuery *query)
{
    int n = pricebook_list(space->book, PRICE_ACCELERATORS, NULL, 0, space->as_of, NULL, 0);
    int n_rows = pricebook_list(space->book, PRICE_GPU_RENTAL, NULL, 0, space->as_of, NULL, 0);
    const PriceRow **chips = arena_array(&space->arena, (size_t)n + 1, sizeof *chips);
    const PriceRow **rows = arena_array(&space->arena, (size_t)n_rows + 1, sizeof *rows);
    space->gpus = arena_array(&space->arena, (size_t)n + 1, sizeof *space->gpus);
    pricebook_list(space->book, PRICE_ACCELERATORS, NULL, 0, space->as_of, chips, n);
    pricebook_list(space->book, PRICE_GPU_RENTAL, NULL, 0, space->as_of, rows, n_rows);
    for (int i = 0; i < n; i++) {
        SpaceGpu gpu = {.row = chips[i]};
        const char *id = chips[i]->cells[ACC_GPU].text;
        if (!search_list_fits_alias(space->book, "gpu", query->gpus != NULL ? query->gpus : "", id) ||
            !throughput_gpu_find(space->book, id, space->as_of, &gpu.facts, NULL) || gpu.facts.is_cpu)
            continue;
        size_t most = 2 * (size_t)n_rows + INPUT_OPTIONS_MAX;
        gpu.offers = calloc(most, sizeof *gpu.offers);
        if (gpu.offers == NULL) return;
        for (int r = 0; r < n_rows; r++)
            if (strcmp(rows[r]->cells[RENTAL_GPU].text, id) == 0) add_rented(space, query, &gpu, rows[r]);
        add_owned(space, query, &gpu);
        SpaceOffer *kept = arena_array(&space->arena, (size_t)gpu.n_offers + 1, sizeof *kept);
        memcpy(kept, gpu.offers, (size_t)gpu.n_offers * sizeof *kept);
        free(gpu.offers);
        gpu.offers = kept;
        group_offers(space, &gpu);
        if (gpu.n_offers > 0) space->gpus[space->n_gpus++] = gpu;
    }
}
