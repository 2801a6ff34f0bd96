/* Offers: drafts, keys, folding of duplicates. Layer: feed. Names: offer_names.c. */
#include "feed/offer.h"

#include "feed/gate.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { KEY_BYTES = 512 };
/* Makes every date of four centuries positive. */
enum { DATE_SHIFT = 200000 };

/* Steps of a price unit that are kept: nine decimals. Feeds that state prices per token lose nothing above
 * it. */
static const double PRICE_STEPS = 1e9;

const GateRule gate_rules[N_GATE_RULES] = {
#define GATE_ROW(id, word, verdict, doc) [GATE_##id] = {word, VERDICT_##verdict, doc},
    GATE_RULES(GATE_ROW)
#undef GATE_ROW
};

void number_plain(double value, char out[32])
{
    enum { DIGIT_MAX = 9 };
    if (value >= 1.0 && value <= DIGIT_MAX && floor(value) >= value) { /* most counts */
        out[0] = (char)('0' + (int)value);
        out[1] = '\0';
        return;
    }
    snprintf(out, 32, "%.9f", value);
    char *end = out + strlen(out);
    while (end > out + 1 && end[-1] == '0') *--end = '\0';
    if (end[-1] == '.') end[-1] = '\0';
    if (strcmp(out, "-0") == 0) memcpy(out, "0", 2);
}

Offer offer_draft(PriceKind kind)
{
    /* Millions are made for a large catalogue, so they start as copies of one. */
#define EMPTY                                                                                                \
    {                                                                                                        \
        .text = ""                                                                                           \
    }
    static const Offer empty = {
        .place = "",
        .note = "",
        .host = "",
        .cells = {EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY}};
#undef EMPTY
    _Static_assert(OFFER_CELLS_MAX == 11, "every cell starts with a text");
    Offer offer = empty;
    offer.kind = kind;
    return offer;
}

void offer_set_text(Offer *offer, int column, const char *text)
{
    offer->cells[column] = (PriceCell){.text = text, .has = text[0] != '\0'};
}

void offer_set_number(Offer *offer, int column, double number)
{
    /* Below this a multiple of the resolution is a whole number of steps that a double holds exactly, and the
     * division gives the double nearest to the nine-decimal figure. */
    const double exact_max = 9e6;
    double rounded = fabs(number) < exact_max ? round(number * PRICE_STEPS) / PRICE_STEPS : number;
    offer->cells[column] = (PriceCell){.text = "", .number = rounded, .has = true};
}

void offer_fault(Offer *offer, GateRuleId rule, const char *format, ...)
{
    if (offer->rule != GATE_NONE) return;
    offer->rule = rule;
    va_list args;
    va_start(args, format);
    vsnprintf(offer->detail, sizeof offer->detail, format, args);
    va_end(args);
}

void offers_init(OfferSet *set, const PriceBook *book)
{
    *set = (OfferSet){.book = book};
    arena_init(&set->arena);
    arena_init(&set->keys);
    name_index_init(&set->by_raw, &set->keys);
    name_index_init(&set->by_key, &set->arena);
    name_index_init(&set->names, &set->arena);
    name_index_init(&set->accelerators, &set->arena);
    offers_learn_names(set);
}

void offers_free(OfferSet *set)
{
    arena_free(&set->arena);
    arena_free(&set->keys);
    *set = (OfferSet){0};
}

/* Adds text and a separator to a key while there is room. */
static size_t key_add(char *out, size_t used, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (used + n + 2 > size) n = used + 2 > size ? 0 : size - used - 2;
    memcpy(out + used, text, n);
    out[used + n] = '|';
    return used + n + 1;
}

/* Adds a count in as few characters as it needs, none of them the end of the text. */
static size_t key_add_count(char *out, size_t used, unsigned count)
{
    enum { DIGITS = 64 };
    for (; count > 0; count /= DIGITS) out[used++] = (char)('0' + count % DIGITS);
    out[used++] = '|';
    return used;
}

static void offer_key(const Offer *offer, char *out, size_t size)
{
    size_t used = 0;
    out[used++] = (char)('A' + (int)offer->kind);
    out[used++] = (char)('A' + (int)offer->rule);
    used = key_add_count(out, used, offer->has_from ? (unsigned)(offer->valid_from + DATE_SHIFT) : 0);
    for (int i = 0; i < price_key_columns(offer->kind); i++) {
        const PriceCell *cell = &offer->cells[i];
        char plain[32] = "";
        if (cell->text[0] == '\0') number_plain(cell->number, plain);
        used = key_add(out, used, size, cell->text[0] == '\0' ? plain : cell->text);
    }
    /* Faults that left no price are told apart by what stood there. */
    if (offer->rule != GATE_NONE && !offer->cells[price_key_columns(offer->kind)].has)
        used = key_add(out, used, size, offer->detail);
    out[used - 1] = '\0';
}

static bool has_same_values(const Offer *a, const Offer *b)
{
    for (int i = price_key_columns(a->kind); i < price_own_columns(a->kind); i++) {
        const PriceCell *x = &a->cells[i], *y = &b->cells[i];
        if (x->has != y->has || (x->has && (x->number != y->number || strcmp(x->text, y->text) != 0)))
            return false;
    }
    return true;
}

bool offer_is_continued(const Offer *before, const Offer *offer)
{
    if (before->kind != offer->kind || before->has_end) return false;
    for (int i = 0; i < price_key_columns(offer->kind); i++) {
        const PriceCell *x = &before->cells[i], *y = &offer->cells[i];
        if (strcmp(x->text, y->text) != 0 || x->number != y->number) return false;
    }
    return has_same_values(before, offer);
}

static const char *keep(OfferSet *set, const char *text)
{
    return text[0] == '\0' ? "" : arena_strdup(&set->arena, text);
}

static void offer_copy(OfferSet *set, Offer *to, const Offer *from)
{
    *to = *from;
    for (int i = 0; i < OFFER_CELLS_MAX; i++) to->cells[i].text = keep(set, from->cells[i].text);
    to->place = keep(set, from->place);
    to->note = keep(set, from->note);
    to->host = keep(set, from->host);
}

static void offer_append(OfferSet *set, const Offer *draft, intptr_t *position)
{
    if (set->n_items == set->capacity) {
        int wider = set->capacity == 0 ? 1024 : 2 * set->capacity;
        Offer **grown = arena_array(&set->arena, (size_t)wider, sizeof *grown);
        FoldRange *folds = arena_array(&set->keys, (size_t)wider, sizeof *folds);
        if (set->n_items > 0) {
            memcpy(grown, set->items, (size_t)set->n_items * sizeof *grown);
            memcpy(folds, set->folds, (size_t)set->n_items * sizeof *folds);
        }
        set->folds = folds;
        set->items = grown;
        set->capacity = wider;
    }
    Offer *kept = arena_alloc(&set->arena, sizeof *kept);
    offer_copy(set, kept, draft);
    *position = set->n_items;
    set->items[set->n_items++] = kept;
}

static void count_rejected(OfferSet *set, GateRuleId rule, int line, const char *place)
{
    if (set->n_rejected[rule]++ > 0) return;
    set->first_line[rule] = line;
    snprintf(set->first_place[rule], sizeof set->first_place[0], "%.159s", place);
}

void offers_reject(OfferSet *set, GateRuleId rule, int line, const char *place)
{
    set->n_read++;
    count_rejected(set, rule, line, place);
}

/* The key of a rental in the feed's own words; memory to a sixteenth of a GB. */
static void raw_key(const Offer *draft, char *out, size_t size)
{
    const double sixteenths = 16.0;
    size_t used = 0;
    used = key_add_count(out, used, (unsigned)fmin(draft->cells[RENTAL_GPUS].number, UINT_MAX / 2));
    used = key_add_count(out, used, (unsigned)fmin(draft->memory_gb * sixteenths, UINT_MAX / 2));
    used = key_add_count(out, used, draft->has_from ? (unsigned)(draft->valid_from + DATE_SHIFT) : 0);
    used = key_add(out, used, size, draft->cells[RENTAL_PROVIDER].text);
    used = key_add(out, used, size, draft->cells[RENTAL_REGION].text);
    used = key_add(out, used, size, draft->cells[RENTAL_GPU].text);
    used = key_add(out, used, size, draft->cells[RENTAL_TERM].text);
    out[used - 1] = '\0';
}

/* Catalogues repeat a key for every host: what is dearer than the one that is kept, and not suspicious, folds
 * before its names are looked up. */
static bool folds_at_once(OfferSet *set, const Offer *draft, const char *raw)
{
    const intptr_t *at = name_index_find(&set->by_raw, raw);
    if (at == NULL) return false;
    double usd = draft->cells[RENTAL_USD_PER_GPU_H].number;
    const FoldRange *range = &set->folds[*at];
    return usd >= range->from_usd && usd <= range->upto_usd;
}

/* Puts a draft that was not rejected where it belongs. Returns its position when it is kept or folded as
 * accepted. */
static intptr_t offer_place(OfferSet *set, Offer *draft)
{
    char key[KEY_BYTES];
    offer_key(draft, key, sizeof key);
    intptr_t *position = name_index_get(&set->by_key, key);
    if (*position == -1) {
        offer_append(set, draft, position);
        return *position;
    }
    Offer *first = set->items[*position];
    if (draft->kind == PRICE_GPU_RENTAL) {
        set->n_folded++;
        if (draft->cells[RENTAL_USD_PER_GPU_H].number < first->cells[RENTAL_USD_PER_GPU_H].number)
            offer_copy(set, first, draft);
    } else if (has_same_values(first, draft) || draft->rule != GATE_NONE) {
        set->n_folded++;
    } else {
        char usd[32];
        number_plain(first->cells[price_key_columns(draft->kind)].number, usd);
        if (first->line > 0)
            offer_fault(draft, GATE_CONFLICT, "the first one, on line %d, says %s", first->line, usd);
        else
            offer_fault(draft, GATE_CONFLICT, "the first one, %.60s, says %s", first->place, usd);
        return offer_place(set, draft);
    }
    return *position;
}

void offers_add(OfferSet *set, Offer *draft)
{
    char raw[KEY_BYTES];
    bool is_plain_rental = draft->kind == PRICE_GPU_RENTAL && draft->rule == GATE_NONE && set->gate != NULL;
    set->n_read++;
    if (is_plain_rental) {
        raw_key(draft, raw, sizeof raw);
        if (folds_at_once(set, draft, raw)) {
            set->n_folded++;
            return;
        }
    }
    if (gate_rules[draft->rule].verdict != VERDICT_REJECTED) offer_canonicalise(set, draft);
    if (set->gate != NULL && draft->rule == GATE_NONE) gate_check_alone(set->gate, draft);
    if (gate_rules[draft->rule].verdict == VERDICT_REJECTED) {
        count_rejected(set, draft->rule, draft->line, draft->place);
        return;
    }
    intptr_t position = offer_place(set, draft);
    if (is_plain_rental && draft->rule == GATE_NONE) {
        *name_index_get(&set->by_raw, raw) = position;
        set->folds[position] = (FoldRange){set->items[position]->cells[RENTAL_USD_PER_GPU_H].number,
                                           gate_safe_max(set->gate, draft)};
    }
}
