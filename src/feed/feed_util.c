/* What several feed readers need: numbers and dates in fields, tier names, drafts. Layer: feed. */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIELD_BYTES = 64, INSTANCE_BYTES = 128 };

/* Behind a mark of US dollars in front; marks behind are cut where the blanks are. */
static const char *behind_dollars(const char *text)
{
    static const char *const marks[] = {"US$", "USD", "$"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        size_t n = strlen(marks[i]);
        if (strncasecmp(text, marks[i], n) != 0) continue;
        text += n;
        return *text == ' ' ? text + 1 : text;
    }
    return text;
}

static bool ends_with(const char *text, size_t n_text, const char *ending)
{
    size_t n = strlen(ending);
    return n_text > n && strncasecmp(text + n_text - n, ending, n) == 0;
}

bool feed_number(const char *text, double *out)
{
    char plain[FIELD_BYTES];
    size_t n = 0;
    if (parse_number(text, out, NULL)) return true;
    text = behind_dollars(text);
    /* "1,234.50" is clear; "2,385" is 2385 to one person and 2.385 to another, so it is no number. */
    bool has_groups = strchr(text, '.') != NULL && strchr(text, ',') != NULL;
    size_t n_first = strcspn(text, ",");
    if (has_groups && (n_first == 0 || n_first > 3)) return false;
    for (; *text != '\0'; text++) {
        if (has_groups && *text == ',') {
            if (strspn(text + 1, "0123456789") != 3) return false;
            continue;
        }
        if (n + 1 == sizeof plain) return false;
        plain[n++] = *text;
    }
    /* Hand-kept lists have blanks at the end of fields. */
    while (n > 0 && plain[n - 1] == ' ') n--;
    if (ends_with(plain, n, " USD")) n -= strlen(" USD");
    plain[n] = '\0';
    return parse_number(plain, out, NULL);
}

/* What spreadsheets and scripts write where there is nothing. */
static bool says_nothing(const char *text)
{
    static const char *const words[] = {"null", "none", "n/a", "na", "nan", "-", "\xe2\x80\x93"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(text, words[i]) == 0) return true;
    return text[0] == '\0';
}

/* A mark of another currency. */
static bool has_other_currency(const char *text)
{
    static const char *const marks[] = {"\xe2\x82\xac", "\xc2\xa3", "\xc2\xa5", "\xe2\x82\xb9", "EUR", "GBP",
                                        "CNY",          "RMB",      "JPY",      "INR",          "CHF"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strstr(text, marks[i]) != NULL) return true;
    return false;
}

void feed_set_field(Offer *offer, int column, const char *text, double factor)
{
    double number;
    if (feed_number(text, &number))
        offer_set_number(offer, column, number * factor);
    else if (says_nothing(text))
        return;
    else if (has_other_currency(text))
        offer_fault(offer, GATE_CURRENCY, "'%.60s'", text);
    else
        offer_fault(offer, GATE_NOT_A_NUMBER, "'%.60s'", text);
}

void feed_set_json(Offer *offer, int column, const json_t *value, double factor)
{
    if (value == NULL || json_is_null(value)) return;
    if (!json_is_number(value)) {
        offer_fault(offer, GATE_NOT_A_NUMBER, "%s has %s", price_tables[offer->kind].columns[column].name,
                    json_in_type_name(value));
    } else {
        offer_set_number(offer, column, json_number_value(value) * factor);
    }
}

const char *feed_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_in_member(object, key));
    return text == NULL ? "" : text;
}

void feed_set_json_text(Offer *offer, int column, const json_t *value, double factor)
{
    const char *text = json_string_value(value);
    if (text != NULL)
        feed_set_field(offer, column, text, factor);
    else
        feed_set_json(offer, column, value, factor);
}

/* "2026-09-01", or a time of that day ("2026-09-01T12:00:00Z"). Days and months in another order are not
 * guessed. */
static bool day_of(const char *text, Date *out)
{
    enum { DATE_CHARS = 10 };
    char day[DATE_CHARS + 1];
    size_t n = strlen(text);
    if (n > DATE_CHARS && text[DATE_CHARS] != 'T' && text[DATE_CHARS] != ' ') return false;
    snprintf(day, sizeof day, "%s", text);
    return parse_date(day, out, NULL);
}

void feed_set_from(Offer *offer, const char *date)
{
    if (date == NULL || date[0] == '\0') return;
    offer->has_from = day_of(date, &offer->valid_from);
    if (!offer->has_from) offer_fault(offer, GATE_BAD_DATE, "'%.40s' is no date; write YYYY-MM-DD", date);
}

void feed_set_end(Offer *offer, const char *date, int days_back)
{
    if (date == NULL || date[0] == '\0') return;
    offer->has_end = day_of(date, &offer->seen_until);
    offer->seen_until -= days_back;
    if (!offer->has_end)
        offer_fault(offer, GATE_BAD_DATE, "'%.40s' is no date; write YYYY-MM-DD", date);
    else if (!offer->has_from)
        offer_fault(offer, GATE_PAST, "until %.20s", date);
}

void tier_over(long tokens, char out[64])
{
    snprintf(out, 64, "over_%ld", tokens);
}

void tier_utc(int from_minute, int to_minute, char out[64])
{
    snprintf(out, 64, "utc_%02d:%02d-%02d:%02d", from_minute / 60, from_minute % 60, to_minute / 60,
             to_minute % 60);
}

bool feed_instance(const FeedReader *reader, const char *type, const char **gpu, int *count)
{
    const char *id = offers_name(reader->set, "instance", type);
    if (id == NULL) return false;
    char *end;
    long n = strtol(id, &end, 10);
    if (end == id || *end != ' ' || n < 1 || n > 1024) return false;
    *gpu = end + 1;
    *count = (int)n;
    return true;
}

Offer feed_rental(const FeedReader *reader, const char *provider, const char *region, const char *gpu,
                  double gpus, const char *term)
{
    Offer offer = offer_draft(PRICE_GPU_RENTAL);
    offer_set_text(&offer, RENTAL_PROVIDER, provider[0] != '\0' ? provider : reader->provider);
    offer_set_text(&offer, RENTAL_REGION, region);
    offer_set_text(&offer, RENTAL_GPU, gpu);
    offer_set_number(&offer, RENTAL_GPUS, gpus);
    offer_set_text(&offer, RENTAL_TERM, term);
    return offer;
}

void feed_add(FeedReader *reader, Offer *offer, int line)
{
    offer->line = line;
    offer->place = reader->pointer;
    offers_add(reader->set, offer);
}

void feed_reject(FeedReader *reader, GateRuleId rule, int line)
{
    offers_reject(reader->set, rule, line, reader->pointer);
}
