/* What several feed readers need: numbers and dates in fields, tier names, drafts. Layer: feed. */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_BYTES = 64, INSTANCE_BYTES = 128 };

bool feed_number(const char *text, double *out)
{
    char plain[FIELD_BYTES];
    size_t n = 0;
    if (parse_number(text, out, NULL)) return true;
    if (*text == '$') text++;
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
    plain[n] = '\0';
    return parse_number(plain, out, NULL);
}

void feed_set_field(Offer *offer, int column, const char *text, double factor)
{
    double number;
    if (text[0] == '\0') return;
    if (!feed_number(text, &number))
        offer_fault(offer, GATE_NOT_A_NUMBER, "'%.60s'", text);
    else
        offer_set_number(offer, column, number * factor);
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

void feed_set_from(Offer *offer, const char *date)
{
    if (date == NULL || date[0] == '\0') return;
    offer->has_from = parse_date(date, &offer->valid_from, NULL);
    if (!offer->has_from) offer_fault(offer, GATE_BAD_DATE, "'%.40s' is no date", date);
}

void feed_set_end(Offer *offer, const char *date, int days_back)
{
    if (date == NULL || date[0] == '\0') return;
    offer->has_end = parse_date(date, &offer->seen_until, NULL);
    offer->seen_until -= days_back;
    if (!offer->has_end)
        offer_fault(offer, GATE_BAD_DATE, "'%.40s' is no date", date);
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
