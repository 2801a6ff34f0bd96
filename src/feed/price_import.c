/* Importing price feeds: what a feed's offers would change in the book. Layer: feed. */
#include "tokentco/price_import.h"

#include "feed/feed_format.h"
#include "feed/gate.h"
#include "feed/overlay.h"
#include "tokentco/text.h"

#include <stdio.h>
#include <string.h>

enum { KEY_BYTES = 512 };

/* Share of a feed's series that a file may lack and still be the whole feed. */
static const double MISSING_MAX_FRAC = 0.2;

const char *change_word(ChangeWhat what)
{
    static const char *const words[] = {"new", "changed", "announced", "withdrawn", "ended"};
    return words[what];
}

const char *import_format_word(int i)
{
    return i < n_feed_formats ? feed_formats[i].word : NULL;
}

const char *import_format_title(int i)
{
    return i < n_feed_formats ? feed_formats[i].title : NULL;
}

static bool is_seller(const PriceBook *book, const char *id)
{
    const PriceTable *table = &book->tables[PRICE_GPU_RENTAL];
    int i = 0;
    while (i < table->n_rows && strcmp(table->rows[i].cells[RENTAL_PROVIDER].text, id) != 0) i++;
    return i < table->n_rows;
}

/* The seller whose name stands in the path ("catalogs/v8/nebius/vms.csv"), the last one that is known; ""
 * none. */
static const char *guess_provider(const PriceBook *book, const char *path, Arena *arena)
{
    const char *found = "";
    while (*path != '\0') {
        size_t n = strcspn(path, "/_.");
        const char *word = arena_strndup(arena, path, n);
        const char *id = pricebook_resolve(book, "provider", word);
        if (n > 0 && is_seller(book, id)) found = id;
        path += n + (path[n] != '\0');
    }
    return found;
}

/* --- what would change --- */

typedef struct Differ {
    const PriceBook *book;
    ImportReport *report;
    const FeedFormat *format;
    const char *provider;
    NameIndex seen; /* keys of every offer of the file */
} Differ;

static void change_add(ImportReport *report, const PriceChange *change)
{
    if ((report->n_changes & (report->n_changes + 1)) == 0) { /* full at 2^k - 1 */
        PriceChange *grown = arena_array(&report->arena, 2 * (size_t)report->n_changes + 2, sizeof *grown);
        if (report->n_changes > 0) memcpy(grown, report->changes, (size_t)report->n_changes * sizeof *grown);
        report->changes = grown;
    }
    report->changes[report->n_changes++] = *change;
}

/* Equal as the book writes them. */
static bool is_same_number(double a, double b)
{
    char first[32], second[32];
    if (a == b) return true;
    number_plain(a, first);
    number_plain(b, second);
    return strcmp(first, second) == 0;
}

/* Equal in every figure that the offer states; a contract also in its end. */
static bool is_same_price(const PriceRow *row, const Offer *offer)
{
    bool has_same_end =
        row->has_end == offer->has_end && (!row->has_end || row->seen_until == offer->seen_until);
    if (offer->kind == PRICE_CONTRACTS && !has_same_end) return false;
    for (int i = price_key_columns(offer->kind); i < price_own_columns(offer->kind); i++) {
        const PriceCell *new = &offer->cells[i], *old = &row->cells[i];
        if (!new->has) continue;
        if (!old->has) return false;
        if (price_tables[offer->kind].columns[i].type == COLUMN_TEXT && strcmp(old->text, new->text) != 0)
            return false;
        if (!is_same_number(new->number, old->number)) return false;
    }
    return true;
}

static const PriceRow *row_at(const PriceBook *book, PriceKind kind, const PriceCell *cells, Date as_of)
{
    const char *keys[OFFER_KEYS_MAX];
    char numbers[OFFER_KEYS_MAX][32];
    int n = price_key_columns(kind);
    for (int i = 0; i < n; i++) {
        keys[i] = cells[i].text;
        if (keys[i][0] != '\0') continue;
        number_plain(cells[i].number, numbers[i]);
        keys[i] = numbers[i];
    }
    return pricebook_find(book, kind, keys, n, as_of, -1, NULL);
}

static void diff_offer(Differ *differ, const Offer *offer)
{
    ImportReport *report = differ->report;
    Date from = offer->has_from ? offer->valid_from : report->retrieved_on;
    report->n_accepted++;
    if (offer->kind == PRICE_ACCELERATORS) { /* figures are only compared */
        report->n_unchanged++;
        return;
    }
    const PriceRow *then = row_at(differ->book, offer->kind, offer->cells, from);
    const PriceRow *now = from == report->retrieved_on
                              ? then
                              : row_at(differ->book, offer->kind, offer->cells, report->retrieved_on);
    bool is_announced = from > report->retrieved_on;
    /* Sources date a change differently by some days: what holds today at that price is known already. */
    if ((then != NULL && is_same_price(then, offer)) ||
        (!is_announced && now != NULL && is_same_price(now, offer))) {
        report->n_unchanged++;
        return;
    }
    PriceChange change = {.what = is_announced   ? CHANGE_ANNOUNCED
                                  : then != NULL ? CHANGE_PRICE
                                                 : CHANGE_NEW,
                          .kind = offer->kind,
                          .before = then,
                          .cells = offer->cells,
                          .valid_from = from,
                          .has_end = offer->has_end,
                          .seen_until = offer->seen_until,
                          .note = offer->note};
    if (offer->host[0] != '\0') {
        Text note;
        text_init(&note);
        text_addf(&note, "%s%s%s", offer->note, offer->note[0] != '\0' ? "; " : "", offer->host);
        change.note = arena_strdup(&report->arena, text_str(&note));
        text_free(&note);
    }
    change_add(report, &change);
}

static bool comes_from(const PriceRow *row, const Differ *differ)
{
    size_t n = strlen(differ->format->word);
    if (strncmp(row->source, differ->format->word, n) != 0 || row->source[n] != ' ') return false;
    bool has_seller = (differ->format->flags & FEED_NEEDS_PROVIDER) == 0;
    return has_seller || strcmp(row->cells[RENTAL_PROVIDER].text, differ->provider) == 0;
}

/* Series of this feed that the file no longer has, and announcements that it no longer makes. */
static void diff_missing(Differ *differ, PriceKind kind)
{
    const PriceTable *table = &differ->book->tables[kind];
    ImportReport *report = differ->report;
    int n_of_feed = 0, n_missing = 0, n_own = price_own_columns(kind);
    const PriceRow **missing = arena_array(&report->arena, (size_t)table->n_rows + 1, sizeof *missing);
    for (int i = 0; i < table->n_rows; i++) {
        const PriceRow *row = &table->rows[i];
        if (!comes_from(row, differ) || row_at(differ->book, kind, row->cells, report->retrieved_on) != row)
            continue;
        if (row->retrieved_on > report->retrieved_on) continue; /* an older file knows less */
        char key[KEY_BYTES];
        overlay_key_text(kind, row->cells, key, sizeof key);
        n_of_feed++;
        if (name_index_find(&differ->seen, key) == NULL) missing[n_missing++] = row;
    }
    if ((double)n_missing > MISSING_MAX_FRAC * n_of_feed) {
        report->n_missing += n_missing;
        return;
    }
    for (int i = 0; i < n_missing; i++) {
        PriceCell *cells = arena_array(&report->arena, (size_t)n_own, sizeof *cells);
        memcpy(cells, missing[i]->cells, (size_t)n_own * sizeof *cells);
        change_add(report, &(PriceChange){.what = CHANGE_ENDED,
                                          .kind = kind,
                                          .before = missing[i],
                                          .cells = cells,
                                          .valid_from = missing[i]->valid_from,
                                          .has_end = true,
                                          .seen_until = report->retrieved_on - 1,
                                          .note = missing[i]->note});
    }
}

/* An announcement of this feed whose series the file has, but no longer from that day on, is withdrawn: it
 * ends before it began, and the price before it goes on. */
static void diff_withdrawn(Differ *differ, PriceKind kind)
{
    const PriceTable *table = &differ->book->tables[kind];
    ImportReport *report = differ->report;
    for (int i = 0; i < table->n_rows; i++) {
        const PriceRow *row = &table->rows[i];
        /* What a later file saw is no announcement that this one could take back. */
        if (row->valid_from <= report->retrieved_on || row->retrieved_on > report->retrieved_on ||
            !comes_from(row, differ))
            continue;
        char key[KEY_BYTES], dated[KEY_BYTES + 32];
        overlay_key_text(kind, row->cells, key, sizeof key);
        snprintf(dated, sizeof dated, "%s@%d", key, row->valid_from);
        if (name_index_find(&differ->seen, key) == NULL || name_index_find(&differ->seen, dated) != NULL)
            continue;
        if (row_at(differ->book, kind, row->cells, row->valid_from) != row) continue;
        change_add(report, &(PriceChange){.what = CHANGE_WITHDRAWN,
                                          .kind = kind,
                                          .before = row,
                                          .cells = row->cells,
                                          .valid_from = row->valid_from,
                                          .has_end = true,
                                          .seen_until = row->valid_from - 1,
                                          .note = "announcement withdrawn"});
    }
}

static void learn_seen(Differ *differ, const OfferSet *set, bool kinds[N_PRICE_KINDS])
{
    for (int i = 0; i < set->n_items; i++) {
        const Offer *offer = set->items[i];
        char key[KEY_BYTES], dated[KEY_BYTES + 32];
        kinds[offer->kind] = true;
        overlay_key_text(offer->kind, offer->cells, key, sizeof key);
        *name_index_get(&differ->seen, key) = 1;
        snprintf(dated, sizeof dated, "%s@%d", key,
                 offer->has_from ? offer->valid_from : differ->report->retrieved_on);
        *name_index_get(&differ->seen, dated) = 1;
    }
}

static void report_quarantined(ImportReport *report, const OfferSet *set)
{
    report->quarantined = arena_array(&report->arena, (size_t)set->n_items + 1, sizeof(Quarantined));
    for (int i = 0; i < set->n_items; i++) {
        const Offer *offer = set->items[i];
        if (offer->rule == GATE_NONE) continue;
        Quarantined *entry = &report->quarantined[report->n_quarantined++];
        *entry = (Quarantined){.kind = offer->kind,
                               .cells = offer->cells,
                               .rule = gate_rules[offer->rule].word,
                               .detail = offer->detail,
                               .line = offer->line,
                               .place = offer->place,
                               .valid_from = offer->has_from ? offer->valid_from : report->retrieved_on};
        overlay_quarantine_id(report->feed, entry);
    }
}

static void report_rejected(ImportReport *report, const OfferSet *set)
{
    report->rejected = arena_array(&report->arena, N_GATE_RULES, sizeof(ImportCount));
    for (int i = 0; i < N_GATE_RULES; i++) {
        if (set->n_rejected[i] == 0) continue;
        report->n_rejected += set->n_rejected[i];
        report->rejected[report->n_rejected_rules++] =
            (ImportCount){.rule = gate_rules[i].word,
                          .doc = gate_rules[i].doc,
                          .n = set->n_rejected[i],
                          .line = set->first_line[i],
                          .place = arena_strdup(&report->arena, set->first_place[i])};
    }
}

static void build_report(const PriceBook *book, const FeedReader *reader, const OfferSet *set,
                         ImportReport *report)
{
    Differ differ = {book, report, reader->format, reader->provider, {0}};
    bool kinds[N_PRICE_KINDS] = {false};
    name_index_init(&differ.seen, &report->arena);
    report->feed = reader->format->word;
    report->title = reader->format->title;
    report->n_read = set->n_read;
    report->n_folded = set->n_folded;
    report->has_more = reader->has_more;
    learn_seen(&differ, set, kinds);
    const Offer *last = NULL;
    for (int i = 0; i < set->n_items; i++) {
        const Offer *offer = set->items[i];
        if (offer->rule != GATE_NONE) continue;
        if (last != NULL && offer_is_continued(last, offer)) {
            report->n_accepted++;
            report->n_unchanged++;
        } else {
            diff_offer(&differ, offer);
        }
        last = offer;
    }
    for (int kind = 0; kind < N_PRICE_KINDS; kind++) {
        if (!kinds[kind] || kind == PRICE_ACCELERATORS) continue;
        if ((reader->format->flags & FEED_IS_COMPLETE) != 0) diff_missing(&differ, (PriceKind)kind);
        diff_withdrawn(&differ, (PriceKind)kind);
    }
    report_quarantined(report, set);
    report_rejected(report, set);
}

/* A file that does not say who sells needs to be told. */
static bool has_sellers(const FeedReader *reader)
{
    for (int i = 0; i < reader->set->n_items; i++) {
        if (reader->set->items[i]->rule != GATE_NO_SELLER) continue;
        return err_list_addf(reader->errors, ERR_USAGE, reader->file, reader->set->items[i]->line, 0, NULL,
                             "the file does not say who sells; name the seller with --provider");
    }
    return true;
}

bool import_read(const PriceBook *book, const char *path, const ImportOptions *options, ImportReport *out,
                 ErrList *errors)
{
    *out = (ImportReport){.retrieved_on = options->has_date ? options->retrieved_on : date_today()};
    const FeedFormat *forced = options->feed == NULL ? NULL : feed_format_find(options->feed);
    if (options->feed != NULL && forced == NULL) {
        return err_list_addf(errors, ERR_USAGE, NULL, 0, 0, "--feed", "no feed format '%s'", options->feed);
    }
    arena_init(&out->arena);
    Gate gate;
    OfferSet set;
    gate_init(&gate, book, out->retrieved_on);
    offers_init(&set, book);
    set.gate = &gate;
    out->file = arena_strdup(&out->arena, strcmp(path, "-") == 0 ? "standard input" : path);
    const char *seller = options->provider == NULL ? guess_provider(book, path, &out->arena)
                                                   : offers_provider(&set, options->provider);
    FeedReader reader = {.set = &set,
                         .file = out->file,
                         .provider = seller,
                         .retrieved_on = out->retrieved_on,
                         .errors = errors};
    size_t n_before = errors->n_items;
    bool is_ok = feed_read(&reader, path, forced) && errors->n_items == n_before && has_sellers(&reader);
    if (is_ok) {
        gate_check_all(&gate, &set);
        build_report(book, &reader, &set, out);
        out->offers_arena = set.arena; /* cells and texts of the report live there */
        set.arena = (Arena){0};
    }
    gate_free(&gate);
    offers_free(&set);
    if (!is_ok) import_free(out);
    return is_ok;
}

void import_free(ImportReport *report)
{
    arena_free(&report->arena);
    arena_free(&report->offers_arena);
    *report = (ImportReport){0};
}
