/* The currency of a scenario's results and its dated rate. Layer: feed.
 *
 * Prices stay in USD, as their names say; the evaluator multiplies each amount by the rate. One rate holds
 * for the whole horizon: a forecast of exchange rates is not made.
 */
#include "feed/scenario_doc.h"

#include "tokentco/price_tables.h"

#include <string.h>

#define RATE_MIN 1e-6
#define RATE_MAX 1e9

static bool is_code(const char *text)
{
    return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

/* {"units_per_usd": 0.87, "date": "2026-09-01", "source": "treasury desk"} */
static void read_own_rate(Resolving *r, const json_t *fx)
{
    static const char *const known[] = {"units_per_usd", "date", "source"};
    const char *date = json_string_value(json_object_get(fx, "date")),
               *source = json_string_value(json_object_get(fx, "source"));
    Err err = {0};
    if (!json_is_object(fx)) {
        resolve_fault(r, "/fx", "must be an object, not %s", json_in_type_name(fx));
        return;
    }
    void *at = json_object_iter((json_t *)(uintptr_t)fx);
    for (; at != NULL; at = json_object_iter_next((json_t *)(uintptr_t)fx, at)) {
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            is_known = is_known || strcmp(known[i], json_object_iter_key(at)) == 0;
        if (!is_known)
            resolve_fault(r, "/fx", "has an unknown key '%.40s'; it has units_per_usd, date and source",
                          json_object_iter_key(at));
    }
    double rate = 0.0;
    if (!json_in_number(json_object_get(fx, "units_per_usd"), &rate, &err) || rate < RATE_MIN ||
        rate > RATE_MAX)
        resolve_fault(r, "/fx/units_per_usd", "must be a number from %g to %g", RATE_MIN, RATE_MAX);
    if (date == NULL || !parse_date(date, &r->out->fx_date, NULL))
        resolve_fault(r, "/fx/date", "must be the day of the rate, YYYY-MM-DD");
    if (source == NULL || source[0] == '\0')
        resolve_fault(r, "/fx/source", "must say where the rate is from");
    if (source != NULL)
        r->out->fx = (Origin){.kind = ORIGIN_OPTION, .text = arena_strdup(&r->out->arena, source)};
    r->out->inputs.currency_per_usd = rate;
}

static void read_book_rate(Resolving *r)
{
    PriceBook *book = r->sources->book;
    if (book == NULL || !pricebook_need(book, PRICE_FX, r->errors)) return;
    const char *keys[1] = {r->out->inputs.currency};
    const PriceRow *row = pricebook_find(book, PRICE_FX, keys, 1, r->out->as_of, -1, NULL);
    char day[16], text[256];
    if (row == NULL) {
        date_format(r->out->as_of, day);
        resolve_fault(r, "/currency",
                      "fx.csv has no rate of '%s' on %s; give your own as \"fx\": {\"units_per_usd\": ..., "
                      "\"date\": ..., \"source\": ...}",
                      r->out->inputs.currency, day);
        return;
    }
    const char *slash = strrchr(row->file, '/');
    snprintf(text, sizeof text, "%s:%d (%.160s)", slash != NULL ? slash + 1 : row->file, row->line,
             row->source);
    r->out->fx = (Origin){ORIGIN_PRICEBOOK, arena_strdup(&r->out->arena, text), row};
    r->out->fx_date = row->valid_from;
    r->out->inputs.currency_per_usd = row->cells[FX_UNITS_PER_USD].number;
}

void resolve_currency(Resolving *r)
{
    const json_t *fx = json_object_get(r->scenario->root, "fx");
    const char *own = resolve_text(r, "currency", "USD"), *wanted = r->sources->currency;
    const char *currency = wanted != NULL ? wanted : own;
    if (!is_code(currency)) {
        resolve_fault(r, "/currency", "must be three capital letters, as in EUR");
        return;
    }
    snprintf(r->out->inputs.currency, CURRENCY_BYTES, "%s", currency);
    if (fx != NULL && strcmp(own, "USD") == 0)
        resolve_fault(r, "/fx", "is only for another currency than USD");
    if (strcmp(currency, "USD") == 0) return;
    /* The scenario's own rate is that of its own currency. */
    if (fx != NULL && strcmp(currency, own) == 0) {
        read_own_rate(r, fx);
    } else {
        read_book_rate(r);
    }
}
