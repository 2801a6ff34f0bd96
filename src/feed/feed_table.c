/* Tables of prices with plainly named columns, from anywhere: CSV, or a list of JSON objects. Layer: feed.
 *
 * Names are read as words ("pricePerGpuHour", "price_per_gpu_hour": price, per, gpu, hour), and the words say
 * what a column holds and in which unit. What they leave open is not guessed: such a price is quarantined.
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORDS_MAX = 12, WORD_BYTES = 16, CELLS_MAX = 128, NAME_BYTES = 128, NUMBER_BYTES = 40 };

/* --- words --- */

typedef struct Words {
    char words[WORDS_MAX][WORD_BYTES];
    int n;
} Words;

/* Splits at everything that is no letter or digit, and before a capital behind a small letter. */
static void split_words(const char *name, Words *out)
{
    size_t used = 0;
    out->n = 0;
    for (char before = '\0'; out->n < WORDS_MAX; before = *name++) {
        bool is_new = !isalnum((unsigned char)*name) ||
                      (isupper((unsigned char)*name) && islower((unsigned char)before));
        if (is_new && used > 0) {
            out->words[out->n++][used] = '\0';
            used = 0;
        }
        if (*name == '\0') return;
        if (isalnum((unsigned char)*name) && used + 1 < WORD_BYTES && out->n < WORDS_MAX)
            out->words[out->n][used++] = (char)tolower((unsigned char)*name);
    }
}

static bool is_in(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = list; *at != '\0'; at += strcspn(at, " ")) {
        at += *at == ' ';
        if (strncmp(at, word, n) == 0 && (at[n] == ' ' || at[n] == '\0')) return true;
    }
    return false;
}

/* Is one of the words among those of the list ("gpu accelerator")? */
static bool has_word(const Words *words, const char *list)
{
    for (int i = 0; i < words->n; i++)
        if (is_in(list, words->words[i])) return true;
    return false;
}

/* Are all of them? */
static bool has_only(const Words *words, const char *list)
{
    for (int i = 0; i < words->n; i++)
        if (!is_in(list, words->words[i])) return false;
    return words->n > 0;
}

/* --- what a column holds --- */

typedef enum Role {
    ROLE_NONE,
    ROLE_PROVIDER,
    ROLE_REGION,
    ROLE_GPU,
    ROLE_COUNT,
    ROLE_MEMORY,
    ROLE_SPOT,
    ROLE_MODEL,
    ROLE_DATE,
    ROLE_CURRENCY,
    ROLE_UNIT,
    ROLE_RENT,
    ROLE_TOKENS
} Role;

typedef enum PriceOf { OF_OPEN, OF_GPU, OF_INSTANCE } PriceOf;

struct Meaning {
    Role role;
    double factor;   /* to USD per hour, or per million tokens; 0: the name does not say */
    PriceOf of;      /* rent: of what */
    bool is_spot;    /* rent */
    bool is_foreign; /* rent: in another currency than USD */
    int column;      /* tokens: of api_prices.csv */
};
typedef struct Meaning Meaning;

#define GPU_WORDS "gpu gpus accelerator accelerators"
/* Also in front of what has a name, a code or a number of its own. */
#define NAME_WORDS " name id code slug"

/* Columns that hold no price: the words that they consist of. The first row that fits counts. */
static const struct {
    Role role;
    const char *some, *only; /* one of `some`, and nothing beyond `only` */
} roles[] = {
    {ROLE_COUNT, "gpus ngpus", "gpus ngpus"},
    {ROLE_COUNT, "count num number quantity qty n",
     GPU_WORDS " count num number quantity qty n of per instance"},
    {ROLE_MEMORY, "vram", "vram gb gib gpu"},
    {ROLE_MEMORY, "memory ram mem", "gpu memory ram mem gb gib"},
    {ROLE_GPU, GPU_WORDS, GPU_WORDS " model type" NAME_WORDS},
    {ROLE_MODEL, "model", "model llm" NAME_WORDS},
    {ROLE_PROVIDER, "provider vendor cloud seller company",
     "provider vendor cloud seller company" NAME_WORDS},
    {ROLE_REGION, "region location zone datacenter", "region location zone datacenter" NAME_WORDS},
    {ROLE_SPOT, "spot preemptible interruptible", "is spot preemptible interruptible"},
    {ROLE_DATE, "date timestamp", "date timestamp effective valid from as of updated price"},
    {ROLE_DATE, "from of at", "valid effective from as of updated collected fetched last at"},
    {ROLE_CURRENCY, "currency", "currency code"},
    {ROLE_UNIT, "unit units per", "unit units price pricing per"},
};

static const struct {
    const char *words;
    double per_hour;
} times[] = {{"hour hourly hr hrs h", 1.0}, {"minute", 60.0}, {"second", 3600.0}};

static const struct {
    const char *words;
    double per_mtok;
} token_counts[] = {{"1m million mtok mtoken mtokens m", 1.0}, {"1k thousand ktok ktokens k", 1e3}};

static double tokens_factor(const Words *words)
{
    for (size_t i = 0; i < sizeof token_counts / sizeof token_counts[0]; i++)
        if (has_word(words, token_counts[i].words)) return token_counts[i].per_mtok;
    const double tokens_per_mtok = 1e6;
    return has_word(words, "token") ? tokens_per_mtok : 0.0;
}

static double hours_factor(const Words *words)
{
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (has_word(words, times[i].words)) return times[i].per_hour;
    return 0.0;
}

/* A price of tokens; ROLE_NONE when it is none that the table of prices has. */
static Meaning tokens_meaning(const Words *words)
{
    static const struct {
        const char *first, *second;
        int column;
    } prices[] = {{"cached", "", APIP_CACHED},
                  {"cache", "write creation", APIP_CACHE_WRITE},
                  {"cache", "read hit", APIP_CACHED},
                  {"input prompt", "", APIP_INPUT},
                  {"output completion", "", APIP_OUTPUT}};
    static const char others[] = "image audio video search request batch limit context max length";
    if (has_word(words, others) || !has_word(words, "price prices pricing cost costs rate usd dollars per"))
        return (Meaning){0};
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
        if (!has_word(words, prices[i].first)) continue;
        if (prices[i].second[0] != '\0' && !has_word(words, prices[i].second)) continue;
        return (Meaning){.role = ROLE_TOKENS, .factor = tokens_factor(words), .column = prices[i].column};
    }
    return (Meaning){0};
}

static Meaning rent_meaning(const Words *words)
{
    static const char
        prices[] = "price prices pricing cost rate usd dollars hourly",
        currencies[] = "eur euro gbp cny rmb inr jpy chf",
        whole[] = "instance node machine server vm offer total",
        /* Prices of something else, statistics, and times whose hours are a matter of opinion. */
        others[] =
            "reserved commit commitment storage disk cpu vcpu token tokens min max avg average mean median "
            "old previous month monthly year yearly day daily week weekly";
    if (!has_word(words, prices) || has_word(words, others)) return (Meaning){0};
    return (Meaning){.role = ROLE_RENT,
                     .factor = hours_factor(words),
                     .of = has_word(words, GPU_WORDS " chip card") ? OF_GPU
                           : has_word(words, whole)                ? OF_INSTANCE
                                                                   : OF_OPEN,
                     .is_spot = has_word(words, "spot bid preemptible interruptible"),
                     .is_foreign = has_word(words, currencies)};
}

static Meaning meaning_of(const char *name)
{
    Words words;
    split_words(name, &words);
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (has_word(&words, roles[i].some) && has_only(&words, roles[i].only))
            return (Meaning){.role = roles[i].role};
    Meaning meaning = tokens_meaning(&words);
    return meaning.role != ROLE_NONE ? meaning : rent_meaning(&words);
}

/* --- a table --- */

typedef struct TableRow {
    int n, line;
    const char *const *names, *const *cells;
    const Meaning *meanings;
} TableRow;

static bool has_role(const Meaning *meanings, int n, Role role)
{
    for (int i = 0; i < n; i++)
        if (meanings[i].role == role) return true;
    return false;
}

static bool has_column(const Meaning *meanings, int n, int column)
{
    for (int i = 0; i < n; i++)
        if (meanings[i].role == ROLE_TOKENS && meanings[i].column == column) return true;
    return false;
}

static bool is_tokens_table(const Meaning *meanings, int n)
{
    return has_role(meanings, n, ROLE_MODEL) && has_column(meanings, n, APIP_INPUT) &&
           has_column(meanings, n, APIP_OUTPUT);
}

static bool is_table(const Meaning *meanings, int n)
{
    bool is_rent = has_role(meanings, n, ROLE_GPU) && has_role(meanings, n, ROLE_RENT);
    return is_rent || is_tokens_table(meanings, n);
}

static const char *cell_of(const TableRow *row, Role role)
{
    for (int i = 0; i < row->n; i++)
        if (row->meanings[i].role == role) return row->cells[i];
    return "";
}

static void set_common(const TableRow *row, Offer *offer)
{
    const char *currency = cell_of(row, ROLE_CURRENCY);
    if (currency[0] != '\0' && strcasecmp(currency, "USD") != 0)
        offer_fault(offer, GATE_CURRENCY, "%.10s", currency);
    feed_set_from(offer, cell_of(row, ROLE_DATE));
}

static bool is_yes(const char *text)
{
    return strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 || strcmp(text, "1") == 0 ||
           strcasecmp(text, "spot") == 0;
}

static void add_rent(FeedReader *reader, const TableRow *row, int i)
{
    const Meaning *price = &row->meanings[i];
    const char *counted = cell_of(row, ROLE_COUNT);
    double count = 1.0, memory = 0.0;
    if (counted[0] != '\0' && !feed_number(counted, &count)) count = 0.0;
    (void)feed_number(cell_of(row, ROLE_MEMORY), &memory);
    bool is_spot = price->is_spot || is_yes(cell_of(row, ROLE_SPOT));
    Offer offer = feed_rental(reader, cell_of(row, ROLE_PROVIDER), cell_of(row, ROLE_REGION),
                              cell_of(row, ROLE_GPU), count, is_spot ? "spot" : "on_demand");
    offer.memory_gb = memory;
    set_common(row, &offer);
    if (price->is_foreign) offer_fault(&offer, GATE_CURRENCY, "'%.40s'", row->names[i]);
    if (price->factor <= 0.0)
        offer_fault(&offer, GATE_UNIT, "'%.40s' does not say per hour", row->names[i]);
    else if (price->of == OF_OPEN && count > 1.0)
        offer_fault(&offer, GATE_UNIT, "'%.40s' of %g GPUs: of each, or of the instance?", row->names[i],
                    count);
    double divisor = price->of == OF_INSTANCE && count > 0.0 ? count : 1.0;
    feed_set_field(&offer, RENTAL_USD_PER_GPU_H, row->cells[i],
                   (price->factor > 0.0 ? price->factor : 1.0) / divisor);
    feed_add(reader, &offer, row->line);
}

static void add_tokens(FeedReader *reader, const TableRow *row)
{
    Offer offer = offer_draft(PRICE_API);
    const char *provider = cell_of(row, ROLE_PROVIDER);
    Words unit;
    split_words(cell_of(row, ROLE_UNIT), &unit);
    offer_set_text(&offer, APIP_PROVIDER, provider[0] != '\0' ? provider : reader->provider);
    offer_set_text(&offer, APIP_MODEL, cell_of(row, ROLE_MODEL));
    offer_set_text(&offer, APIP_TIER, "base");
    set_common(row, &offer);
    for (int i = 0; i < row->n; i++) {
        const Meaning *price = &row->meanings[i];
        if (price->role != ROLE_TOKENS || offer.cells[price->column].has) continue;
        double factor = price->factor > 0.0 ? price->factor : tokens_factor(&unit);
        if (factor <= 0.0)
            offer_fault(&offer, GATE_UNIT, "'%.40s' does not say per how many tokens", row->names[i]);
        feed_set_field(&offer, price->column, row->cells[i], factor > 0.0 ? factor : 1.0);
    }
    feed_add(reader, &offer, row->line);
}

static void add_row(FeedReader *reader, const TableRow *row)
{
    if (is_tokens_table(row->meanings, row->n)) {
        add_tokens(reader, row);
        return;
    }
    bool has_price = false;
    for (int i = 0; i < row->n; i++) {
        if (row->meanings[i].role != ROLE_RENT || row->cells[i][0] == '\0') continue;
        add_rent(reader, row, i);
        has_price = true;
    }
    if (!has_price) feed_reject(reader, GATE_NO_PRICE, row->line);
}

/* --- CSV --- */

bool table_is_header(const char *const *fields, int n_fields)
{
    Meaning meanings[CELLS_MAX];
    if (n_fields > CELLS_MAX) return false;
    for (int i = 0; i < n_fields; i++) meanings[i] = meaning_of(fields[i]);
    return is_table(meanings, n_fields);
}

/* What the header means is found once. */
static const Meaning *header_meanings(FeedReader *reader)
{
    if (reader->meanings == NULL) {
        Meaning *meanings = arena_array(&reader->set->arena, (size_t)reader->n_header, sizeof *meanings);
        for (int i = 0; i < reader->n_header; i++) meanings[i] = meaning_of(reader->header[i]);
        reader->meanings = meanings;
    }
    return reader->meanings;
}

void table_read_row(FeedReader *reader, const FeedRow *feed_row)
{
    const TableRow row = {.n = feed_row->n_all,
                          .line = feed_row->line,
                          .names = reader->header,
                          .cells = feed_row->all,
                          .meanings = header_meanings(reader)};
    add_row(reader, &row);
}

/* --- JSON: a list of objects, or the first one in an object; members of members count as "outer_inner" ---
 */

/* `pointer` grows to that of the list. */
static json_t *list_in(json_t *root, int depth, char *pointer)
{
    const char *key;
    json_t *value;
    const size_t n = strlen(pointer);
    if (json_is_array(root)) return json_is_object(json_array_get(root, 0)) ? root : NULL;
    json_object_foreach(root, key, value)
    {
        json_in_pointer_add(pointer, POINTER_BYTES, key);
        json_t *list = depth > 0 ? list_in(value, depth - 1, pointer) : NULL;
        if (list != NULL) return list;
        pointer[n] = '\0';
    }
    return NULL;
}

static json_t *table_list(json_t *root, char pointer[POINTER_BYTES])
{
    enum { DEPTH = 2 };
    pointer[0] = '\0';
    return list_in(root, DEPTH, pointer);
}

/* An object as cells: names of members of members, and numbers as text. */
typedef struct JsonRow {
    int n;
    bool is_too_wide;
    const char *names[CELLS_MAX], *cells[CELLS_MAX];
    Meaning meanings[CELLS_MAX];
    char name_texts[CELLS_MAX][NAME_BYTES], numbers[CELLS_MAX][NUMBER_BYTES];
} JsonRow;

static void flatten(JsonRow *out, const char *outer, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (json_is_object(value) && outer[0] == '\0') {
            flatten(out, key, value);
            continue;
        }
        out->is_too_wide = out->n == CELLS_MAX;
        if (out->is_too_wide) return;
        const int i = out->n++;
        const char *text = json_string_value(value);
        snprintf(out->name_texts[i], NAME_BYTES, "%.60s%s%.60s", outer, outer[0] != '\0' ? "_" : "", key);
        out->numbers[i][0] = '\0';
        if (json_is_number(value))
            snprintf(out->numbers[i], NUMBER_BYTES, "%.17g", json_number_value(value));
        else if (json_is_boolean(value))
            snprintf(out->numbers[i], NUMBER_BYTES, "%s", json_is_true(value) ? "true" : "false");
        out->names[i] = out->name_texts[i];
        out->cells[i] = text != NULL ? text : out->numbers[i];
        out->meanings[i] = meaning_of(out->names[i]);
    }
}

bool table_is_document(json_t *root)
{
    JsonRow first = {.n = 0};
    char pointer[POINTER_BYTES];
    flatten(&first, "", json_array_get(table_list(root, pointer), 0));
    return !first.is_too_wide && is_table(first.meanings, first.n);
}

bool table_read_document(FeedReader *reader, json_t *root)
{
    size_t i;
    json_t *item;
    char pointer[POINTER_BYTES];
    json_array_foreach(table_list(root, pointer), i, item)
    {
        JsonRow cells;
        cells.n = 0;
        cells.is_too_wide = false;
        snprintf(reader->pointer, sizeof reader->pointer, "%.*s/%zu", POINTER_BYTES - NUMBER_BYTES, pointer,
                 i);
        flatten(&cells, "", item);
        const TableRow row = {
            .n = cells.n, .names = cells.names, .cells = cells.cells, .meanings = cells.meanings};
        if (cells.is_too_wide)
            feed_reject(reader, GATE_OTHER_ROW, 0);
        else
            add_row(reader, &row);
    }
    return true;
}
