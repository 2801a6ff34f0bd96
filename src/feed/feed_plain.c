/* Plain CSV: a quote in the columns of the price book, daily index series, accelerator figures. Layer: feed.
 */
#include "feed/feed_format.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- A quote: rows with the book's own column names, from a sales person or a spreadsheet --- */

enum { QR_PROVIDER, QR_REGION, QR_GPU, QR_COUNT, QR_TERM, QR_USD, QR_FROM, QR_UNTIL, QR_NOTE, QR_CURRENCY };

static void quote_finish(FeedReader *reader, const FeedRow *row, Offer *offer, const char *const *tail)
{
    enum { FROM, UNTIL, NOTE, CURRENCY };
    feed_set_from(offer, tail[FROM]);
    feed_set_end(offer, tail[UNTIL], 0);
    offer->note = tail[NOTE];
    if (tail[CURRENCY][0] != '\0' && strcasecmp(tail[CURRENCY], "USD") != 0) {
        offer_fault(offer, GATE_CURRENCY, "%.10s", tail[CURRENCY]);
    }
    feed_add(reader, offer, row->line);
}

void quote_rental_read_row(FeedReader *reader, const FeedRow *row)
{
    double count = 1.0;
    const char *counted = row->cells[QR_COUNT], *term = row->cells[QR_TERM];
    if (counted[0] != '\0' && !feed_number(counted, &count)) count = 0.0;
    Offer offer = feed_rental(reader, row->cells[QR_PROVIDER], row->cells[QR_REGION], row->cells[QR_GPU],
                              count, term[0] != '\0' ? term : "on_demand");
    offer.is_exact = true;
    feed_set_field(&offer, RENTAL_USD_PER_GPU_H, row->cells[QR_USD], 1.0);
    quote_finish(reader, row, &offer, &row->cells[QR_FROM]);
}

enum { QA_PROVIDER, QA_MODEL, QA_TIER, QA_INPUT, QA_FROM = QA_INPUT + APIP_BATCH_OUTPUT - APIP_INPUT + 1 };

void quote_api_read_row(FeedReader *reader, const FeedRow *row)
{
    Offer offer = offer_draft(PRICE_API);
    const char *provider = row->cells[QA_PROVIDER], *tier = row->cells[QA_TIER];
    offer_set_text(&offer, APIP_PROVIDER, provider[0] != '\0' ? provider : reader->provider);
    offer_set_text(&offer, APIP_MODEL, row->cells[QA_MODEL]);
    offer_set_text(&offer, APIP_TIER, tier[0] != '\0' ? tier : "base");
    for (int i = APIP_INPUT; i <= APIP_BATCH_OUTPUT; i++) {
        feed_set_field(&offer, i, row->cells[QA_INPUT + i - APIP_INPUT], 1.0);
    }
    quote_finish(reader, row, &offer, &row->cells[QA_FROM]);
}

enum { QC_PROVIDER, QC_CUSTOMER, QC_RULE, QC_ITEM, QC_USD, QC_DISCOUNT, QC_MONTHS, QC_COVERS, QC_FROM };

void quote_contract_read_row(FeedReader *reader, const FeedRow *row)
{
    Offer offer = offer_draft(PRICE_CONTRACTS);
    const char *provider = row->cells[QC_PROVIDER], *item = row->cells[QC_ITEM];
    offer_set_text(&offer, CONP_PROVIDER, provider[0] != '\0' ? provider : reader->provider);
    offer_set_text(&offer, CONP_CUSTOMER, row->cells[QC_CUSTOMER]);
    offer_set_text(&offer, CONP_RULE, row->cells[QC_RULE]);
    offer_set_text(&offer, CONP_ITEM, item[0] != '\0' ? item : row->cells[QC_RULE]);
    offer_set_text(&offer, CONP_COVERS, row->cells[QC_COVERS]);
    for (int i = CONP_USD; i <= CONP_MONTHS; i++)
        feed_set_field(&offer, i, row->cells[QC_USD + i - CONP_USD], 1.0);
    /* An agreement without a first day holds from today: its end alone does not make it a thing of the past.
     */
    offer.has_from = row->cells[QC_FROM][0] == '\0';
    offer.valid_from = reader->retrieved_on;
    quote_finish(reader, row, &offer, &row->cells[QC_FROM]);
}

/* --- Index series: date, then columns named "<market>-<accelerator>" --- */

enum { INDEX_DATE };

bool gpuindex_is_header(const char *const *fields, int n_fields)
{
    if (n_fields < 2 || strcasecmp(fields[INDEX_DATE], "date") != 0) return false;
    for (int i = 1; i < n_fields; i++) {
        if (strchr(fields[i], '-') == NULL) return false;
    }
    return true;
}

void gpuindex_read_row(FeedReader *reader, const FeedRow *row)
{
    enum { MARKET_BYTES = 64 };
    for (int i = 1; i < row->n_all; i++) {
        const char *dash = strchr(reader->header[i], '-');
        char market[MARKET_BYTES];
        if (row->all[i][0] == '\0') continue;
        snprintf(market, sizeof market, "index-%.*s", (int)(dash - reader->header[i]), reader->header[i]);
        Offer offer = feed_rental(reader, market, "", dash + 1, 1.0, "on_demand");
        /* An index does not tell memory sizes apart. */
        offer.is_exact = true;
        feed_set_from(&offer, row->all[INDEX_DATE]);
        feed_set_field(&offer, RENTAL_USD_PER_GPU_H, row->all[i], 1.0);
        feed_add(reader, &offer, row->line);
    }
}

/* --- Accelerator figures, compared with those of the book --- */

enum { SPEC_NAME, SPEC_TYPE, SPEC_TDP, SPEC_TFLOPS_16, SPEC_MEMORY };

void gpuspecs_read_row(FeedReader *reader, const FeedRow *row)
{
    static const struct {
        int from, to;
    } figures[] = {{SPEC_MEMORY, ACC_MEMORY_GB}, {SPEC_TFLOPS_16, ACC_TFLOPS_16}, {SPEC_TDP, ACC_TDP_W}};
    static const char *const unknown[] = {"nan", "unk", "n/a", "-"};
    if (strcasecmp(row->cells[SPEC_TYPE], "cpu") == 0) {
        feed_reject(reader, GATE_NO_ACCELERATOR, row->line);
        return;
    }
    Offer offer = offer_draft(PRICE_ACCELERATORS);
    offer_set_text(&offer, ACC_GPU, row->cells[SPEC_NAME]);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        const char *text = row->cells[figures[i].from];
        bool is_unknown = false;
        for (size_t k = 0; k < sizeof unknown / sizeof unknown[0]; k++) {
            is_unknown = is_unknown || strcasecmp(text, unknown[k]) == 0;
        }
        if (!is_unknown) feed_set_field(&offer, figures[i].to, text, 1.0);
    }
    if (offer.cells[ACC_MEMORY_GB].has) offer.memory_gb = offer.cells[ACC_MEMORY_GB].number;
    feed_add(reader, &offer, row->line);
}
