/* Offers: canonical names, folding of duplicates. Layer: feed. */
#include "feed/offer.h"

#include "feed/gate.h"
#include "tokentco/text.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEY_BYTES = 512, NAME_BYTES = 160 };
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

/* Spellings: "kind:" and the letters and digits of the name in lower case, without the maker's brand in
 * front. */
static void spelling_key(const char *kind, const char *name, char *out, size_t size)
{
    static const char *const brands[] = {"nvidia", "amd", "intel", "geforce", "instinct", "tesla", "hgx"};
    size_t used = strlen(kind), start = used + 1;
    memcpy(out, kind, used);
    out[used++] = ':';
    for (; *name != '\0' && used + 1 < size; name++) {
        if (isalnum((unsigned char)*name)) out[used++] = (char)tolower((unsigned char)*name);
    }
    out[used] = '\0';
    for (size_t i = 0; i < sizeof brands / sizeof brands[0]; i++) {
        size_t n = strlen(brands[i]);
        /* A brand alone is not a prefix but the name. */
        if (strncmp(out + start, brands[i], n) != 0 || out[start + n] == '\0') continue;
        memmove(out + start, out + start + n, used - start - n + 1);
        used -= n;
        i = (size_t)-1;
    }
}

static void name_learn(OfferSet *set, const char *kind, const char *name, const char *id)
{
    char key[NAME_BYTES];
    spelling_key(kind, name, key, sizeof key);
    intptr_t *value = name_index_get(&set->names, key);
    if (*value == -1) *value = (intptr_t)id;
}

const char *offers_name(const OfferSet *set, const char *kind, const char *name)
{
    char key[NAME_BYTES];
    spelling_key(kind, name, key, sizeof key);
    const intptr_t *value = name_index_find(&set->names, key);
    return value == NULL ? NULL : (const char *)*value;
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
    const PriceTable *accelerators = &book->tables[PRICE_ACCELERATORS];
    for (int i = 0; i < accelerators->n_rows; i++) {
        const char *id = accelerators->rows[i].cells[ACC_GPU].text;
        name_learn(set, "gpu", id, id);
        *name_index_get(&set->accelerators, id) = i;
    }
    const PriceTable *aliases = &book->tables[PRICE_ALIASES];
    for (int i = 0; i < aliases->n_rows; i++) {
        const PriceCell *cells = aliases->rows[i].cells;
        name_learn(set, cells[ALIAS_KIND].text, cells[ALIAS_NAME].text, cells[ALIAS_ID].text);
    }
}

void offers_free(OfferSet *set)
{
    arena_free(&set->arena);
    arena_free(&set->keys);
    *set = (OfferSet){0};
}

const char *offers_provider(OfferSet *set, const char *name)
{
    const char *id = offers_name(set, "provider", name);
    if (id != NULL) return id;
    char lower[NAME_BYTES];
    size_t n = 0;
    for (; name[n] != '\0' && n + 1 < sizeof lower; n++) {
        lower[n] = name[n] == ' ' ? '-' : (char)tolower((unsigned char)name[n]);
    }
    lower[n] = '\0';
    id = arena_strdup(&set->arena, lower);
    name_learn(set, "provider", name, id);
    return id;
}

static const PriceCell *accelerator_cells(const OfferSet *set, const char *id)
{
    const intptr_t *at = name_index_find(&set->accelerators, id);
    return at == NULL ? NULL : set->book->tables[PRICE_ACCELERATORS].rows[*at].cells;
}

static bool is_near(double a, double b)
{
    /* GiB against GB differ by 7 %, usable against installed memory by a few more; variants by at least 17 %.
     */
    const double memory_slack = 0.12;
    return fabs(a - b) <= memory_slack * b;
}

/* The part with that memory among those of `id`'s family: what stands before its first dash, and the same
 * ending
 * ("A100-PCIe": "A100-40GB-PCIe"). NULL: none. `*n_variants` counts those that differ from `id` by memory
 * alone. */
static const char *variant_find(const OfferSet *set, const char *id, double memory_gb, int *n_variants)
{
    const PriceTable *table = &set->book->tables[PRICE_ACCELERATORS];
    size_t n = strcspn(id, "-");
    const char *ending = id + n, *found = NULL;
    *n_variants = 0;
    for (int i = 0; i < table->n_rows; i++) {
        const PriceCell *cells = table->rows[i].cells;
        const char *other = cells[ACC_GPU].text;
        size_t n_other = strlen(other), n_ending = strlen(ending);
        if (strncmp(other, id, n) != 0 || other[n] != '-' || strcmp(other, id) == 0) continue;
        if (n_other < n + n_ending || strcmp(other + n_other - n_ending, ending) != 0) continue;
        if (isdigit((unsigned char)other[n + 1])) (*n_variants)++;
        if (found == NULL && memory_gb > 0.0 && is_near(memory_gb, cells[ACC_MEMORY_GB].number))
            found = other;
    }
    return found;
}

/* "A100 (80 GB)" says it itself; lists that count memory in other ways do not change that. */
static bool states_memory(const char *name)
{
    const char *at = strpbrk(name, "0123456789");
    for (; at != NULL; at = strpbrk(at, "0123456789")) {
        while (isdigit((unsigned char)*at)) at++;
        while (*at == ' ') at++;
        if (strncasecmp(at, "gb", 2) == 0) return true;
    }
    return false;
}

static void accelerator_resolve(OfferSet *set, Offer *draft, int column)
{
    const char *name = draft->cells[column].text;
    const char *id = offers_name(set, "gpu", name);
    if (id == NULL) {
        offer_fault(draft, GATE_UNKNOWN_ACCELERATOR, "'%.60s'", name);
        return;
    }
    const PriceCell *cells = accelerator_cells(set, id);
    if (cells == NULL) {
        offer_fault(draft, GATE_UNKNOWN_ACCELERATOR, "'%.60s' is an alias of '%.40s', which is missing", name,
                    id);
        return;
    }
    int n_variants = 0;
    bool has_memory = draft->memory_gb > 0.0 && !states_memory(name);
    if (has_memory && !is_near(draft->memory_gb, cells[ACC_MEMORY_GB].number)) {
        const char *variant = variant_find(set, id, draft->memory_gb, &n_variants);
        if (variant == NULL) {
            offer_fault(draft, GATE_AMBIGUOUS, "'%.40s' with %.4g GB; %s has %.4g", name, draft->memory_gb,
                        id, cells[ACC_MEMORY_GB].number);
        } else {
            id = variant;
        }
    } else if (draft->memory_gb <= 0.0 && !draft->is_exact && strcasecmp(name, id) == 0) {
        (void)variant_find(set, id, 0.0, &n_variants);
        if (n_variants > 0) offer_fault(draft, GATE_AMBIGUOUS, "'%.40s' without a memory size", name);
    }
    draft->cells[column].text = id;
}

/* Lower case, without the seller's own prefix ("groq/llama-3.3-70b" of groq). */
static const char *model_name(OfferSet *set, const char *provider, const char *name)
{
    static const char fireworks_path[] = "accounts/fireworks/models/";
    const char *slash = strchr(name, '/');
    if (slash != NULL && (size_t)(slash - name) < NAME_BYTES) {
        char first[NAME_BYTES];
        memcpy(first, name, (size_t)(slash - name));
        first[slash - name] = '\0';
        const char *owner = offers_name(set, "provider", first);
        if (strcmp(owner != NULL ? owner : first, provider) == 0) name = slash + 1;
    }
    if (strncmp(name, fireworks_path, sizeof fireworks_path - 1) == 0) name += sizeof fireworks_path - 1;
    char *lower = arena_strdup(&set->arena, name);
    for (char *c = lower; *c != '\0'; c++) *c = (char)tolower((unsigned char)*c);
    return lower;
}

/* A name must be safe on a terminal and stay on one line of the price book. */
static const char *plain_text(OfferSet *set, const char *text)
{
    if (text_is_plain(text)) return text;
    char *plain = arena_strdup(&set->arena, text);
    for (unsigned char *c = (unsigned char *)plain; *c != '\0'; c++) {
        bool is_c1 = c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0; /* U+0080 to U+009F: two bytes */
        if (is_c1) *c++ = '?';
        if (is_c1 || *c < ' ' || *c == 0x7F) *c = '?';
    }
    return plain;
}

static void check_names(OfferSet *set, Offer *draft)
{
    for (int i = 0; i < price_own_columns(draft->kind); i++) {
        const char *plain = plain_text(set, draft->cells[i].text);
        if (plain == draft->cells[i].text) continue;
        draft->cells[i].text = plain;
        offer_fault(draft, GATE_CONTROL, "'%.60s'", plain);
    }
    draft->note = plain_text(set, draft->note);
    draft->host = plain_text(set, draft->host);
}

static void draft_canonicalise(OfferSet *set, Offer *draft)
{
    PriceCell *cells = draft->cells;
    check_names(set, draft);
    if (draft->kind != PRICE_ACCELERATORS && !cells[RENTAL_PROVIDER].has)
        offer_fault(draft, GATE_NO_SELLER, "no seller");
    if (draft->kind == PRICE_GPU_RENTAL) {
        cells[RENTAL_PROVIDER].text = offers_provider(set, cells[RENTAL_PROVIDER].text);
        if (!cells[RENTAL_REGION].has) offer_set_text(draft, RENTAL_REGION, "any");
        accelerator_resolve(set, draft, RENTAL_GPU);
        double count = cells[RENTAL_GPUS].number;
        if (!cells[RENTAL_GPUS].has || count < 1.0 || count > 1024.0 || floor(count) < count) {
            offer_fault(draft, GATE_COUNT, "%.6g accelerators", count);
        }
    } else if (draft->kind == PRICE_API) {
        cells[APIP_PROVIDER].text = offers_provider(set, cells[APIP_PROVIDER].text);
        cells[APIP_MODEL].text = model_name(set, cells[APIP_PROVIDER].text, cells[APIP_MODEL].text);
    } else if (draft->kind == PRICE_CONTRACTS) {
        cells[CONP_PROVIDER].text = offers_provider(set, cells[CONP_PROVIDER].text);
    } else if (draft->kind == PRICE_ACCELERATORS) {
        accelerator_resolve(set, draft, ACC_GPU);
    }
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
        offer_fault(draft, GATE_CONFLICT, "the first one, on line %d %.40s, says %s", first->line,
                    first->place, usd);
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
    if (gate_rules[draft->rule].verdict != VERDICT_REJECTED) draft_canonicalise(set, draft);
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
