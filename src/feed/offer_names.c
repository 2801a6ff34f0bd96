/* Names of sellers, models and accelerators as feeds write them, into those of the book. Layer: feed. */
#include "feed/offer.h"
#include "tokentco/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_BYTES = 160 };

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

void offers_learn_names(OfferSet *set)
{
    const PriceTable *accelerators = &set->book->tables[PRICE_ACCELERATORS];
    for (int i = 0; i < accelerators->n_rows; i++) {
        const char *id = accelerators->rows[i].cells[ACC_GPU].text;
        name_learn(set, "gpu", id, id);
        *name_index_get(&set->accelerators, id) = i;
    }
    const PriceTable *aliases = &set->book->tables[PRICE_ALIASES];
    for (int i = 0; i < aliases->n_rows; i++) {
        const PriceCell *cells = aliases->rows[i].cells;
        name_learn(set, cells[ALIAS_KIND].text, cells[ALIAS_NAME].text, cells[ALIAS_ID].text);
    }
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

/* Where a name states its memory ("A100 (80 GB)", "H100 80GB SXM5"), and behind it; NULL: nowhere. */
static const char *stated_memory(const char *name, const char **end)
{
    const char *at = strpbrk(name, "0123456789");
    for (; at != NULL; at = strpbrk(*end, "0123456789")) {
        *end = at + strspn(at, "0123456789");
        const char *unit = *end + strspn(*end, " ");
        if (strncasecmp(unit, "gb", 2) != 0) continue;
        *end = unit + 2;
        return at;
    }
    return NULL;
}

/* The accelerator without the memory that its name states ("RTX A6000 (48 GB)"), which is then known. NULL:
 * no such name. */
static const char *name_with_memory(const OfferSet *set, const char *name, double *memory_gb)
{
    char rest[NAME_BYTES];
    const char *end, *at = stated_memory(name, &end);
    if (at == NULL || strlen(name) >= sizeof rest) return NULL;
    snprintf(rest, sizeof rest, "%.*s%s", (int)(at - name), name, end);
    const char *id = offers_name(set, "gpu", rest);
    if (id != NULL) *memory_gb = strtod(at, NULL);
    return id;
}

static void accelerator_resolve(OfferSet *set, Offer *draft, int column)
{
    const char *name = draft->cells[column].text;
    const char *id = offers_name(set, "gpu", name), *end;
    /* Lists that count memory in other ways do not change what a name says itself. */
    bool has_memory = draft->memory_gb > 0.0 && stated_memory(name, &end) == NULL;
    if (id == NULL) {
        id = name_with_memory(set, name, &draft->memory_gb);
        has_memory = id != NULL;
    }
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

/* Text that a record of the price book has room for; whole characters stay. */
static const char *bounded_text(OfferSet *set, const char *text, size_t most)
{
    size_t n = strlen(text);
    if (n <= most) return text;
    for (n = most; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;) n--;
    char *cut = arena_strdup(&set->arena, text);
    cut[n] = '\0';
    return cut;
}

static void check_names(OfferSet *set, Offer *draft)
{
    enum { NAME_MOST = 200, NOTE_MOST = 2000 };
    for (int i = 0; i < price_own_columns(draft->kind); i++) {
        PriceCell *cell = &draft->cells[i];
        const char *bounded = bounded_text(set, cell->text, NAME_MOST);
        if (bounded != cell->text) offer_fault(draft, GATE_LONG_NAME, "%zu bytes", strlen(cell->text));
        const char *plain = plain_text(set, bounded);
        if (plain != bounded) offer_fault(draft, GATE_CONTROL, "'%.60s'", plain);
        cell->text = plain;
    }
    draft->place = bounded_text(set, draft->place, NOTE_MOST);
    draft->note = plain_text(set, bounded_text(set, draft->note, NOTE_MOST));
    draft->host = plain_text(set, bounded_text(set, draft->host, NOTE_MOST));
}

static void need_names(Offer *draft)
{
    for (int i = 0; i < price_key_columns(draft->kind); i++) {
        const PriceColumn *column = &price_tables[draft->kind].columns[i];
        if (column->type != COLUMN_TEXT || (column->flags & COLUMN_OPTIONAL) != 0) continue;
        if (draft->cells[i].text[0] == '\0') offer_fault(draft, GATE_NO_NAME, "no %s", column->name);
    }
}

void offer_canonicalise(OfferSet *set, Offer *draft)
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
    need_names(draft);
}
