/* Catalogues of instances in CSV. Layer: feed.
 *
 * SkyPilot vms.csv, gpuhunt, hand-kept cloud GPU lists, the AWS price list. Their prices are USD per hour of
 * the whole INSTANCE and are divided by its accelerators here.
 */
#include "feed/feed_format.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const double MIB_PER_GIB = 1024.0;

/* Adds the same instance at one price and term; an empty price means: not on offer. */
static void add_instance(FeedReader *reader, const FeedRow *row, const Offer *instance, const char *term,
                         const char *usd)
{
    if (usd[0] == '\0') return;
    Offer offer = *instance;
    offer_set_text(&offer, RENTAL_TERM, term);
    double count = offer.cells[RENTAL_GPUS].number;
    feed_set_field(&offer, RENTAL_USD_PER_GPU_H, usd, count > 0.0 ? 1.0 / count : 1.0);
    feed_add(reader, &offer, row->line);
}

/* --- SkyPilot --- */

enum { SKY_INSTANCE, SKY_GPU, SKY_COUNT, SKY_PRICE, SKY_SPOT, SKY_REGION, SKY_INFO };

/* The memory of one accelerator in GB from GpuInfo, which is the text of a Python dictionary: the first
 * SizeInMiB. Some catalogues write GB there. */
static double sky_memory_gb(const char *info)
{
    static const char key[] = "SizeInMiB";
    const char *at = strstr(info, key);
    if (at == NULL) return 0.0;
    at += sizeof key - 1;
    while (*at != '\0' && !isdigit((unsigned char)*at)) {
        if (*at == '}') return 0.0;
        at++;
    }
    char *end;
    double size = (double)strtol(at, &end, 10);
    if (*end == '.') size = strtod(at, NULL); /* seldom, and slower */
    return size < MIB_PER_GIB ? size : size / MIB_PER_GIB;
}

void skypilot_read_row(FeedReader *reader, const FeedRow *row)
{
    const char *gpu = row->cells[SKY_GPU], *counted = row->cells[SKY_COUNT];
    if (gpu[0] == '\0') {
        feed_reject(reader, GATE_NO_ACCELERATOR, row->line);
        return;
    }
    double count = 0.0;
    (void)feed_number(counted, &count);
    Offer instance = feed_rental(reader, "", row->cells[SKY_REGION], gpu, count, "");
    const char *machine = row->cells[SKY_INSTANCE];
    /* Google's list has accelerators without a machine, at their own price. */
    instance.host = machine[0] != '\0' ? machine : "accelerator alone: its machine is billed apart";
    instance.memory_gb = sky_memory_gb(row->cells[SKY_INFO]);
    add_instance(reader, row, &instance, "on_demand", row->cells[SKY_PRICE]);
    /* A spot price equal to the price is a filler of clouds that have no spot market. */
    if (strcmp(row->cells[SKY_SPOT], row->cells[SKY_PRICE]) != 0) {
        add_instance(reader, row, &instance, "spot", row->cells[SKY_SPOT]);
    }
}

/* --- gpuhunt: one row per offer, spot as a flag --- */

enum { HUNT_PROVIDER, HUNT_INSTANCE, HUNT_REGION, HUNT_PRICE, HUNT_COUNT, HUNT_GPU, HUNT_MEMORY, HUNT_SPOT };

void gpuhunt_read_row(FeedReader *reader, const FeedRow *row)
{
    double count = 0.0, memory = 0.0;
    (void)feed_number(row->cells[HUNT_COUNT], &count);
    (void)feed_number(row->cells[HUNT_MEMORY], &memory);
    if (row->cells[HUNT_GPU][0] == '\0' || count <= 0.0) {
        feed_reject(reader, GATE_NO_ACCELERATOR, row->line);
        return;
    }
    Offer instance = feed_rental(reader, row->cells[HUNT_PROVIDER], row->cells[HUNT_REGION],
                                 row->cells[HUNT_GPU], count, "");
    instance.host = row->cells[HUNT_INSTANCE];
    instance.memory_gb = memory;
    bool is_spot = strcasecmp(row->cells[HUNT_SPOT], "true") == 0;
    add_instance(reader, row, &instance, is_spot ? "spot" : "on_demand", row->cells[HUNT_PRICE]);
}

/* --- Hand-kept lists: On-demand and Spot of the instance, Per-GPU beside them, GPU RAM of the instance ---
 */

enum { LIST_CLOUD, LIST_GPU, LIST_COUNT, LIST_MEMORY, LIST_PRICE, LIST_PER_GPU, LIST_SPOT, LIST_NAME };

void cloudgpus_read_row(FeedReader *reader, const FeedRow *row)
{
    double count = 0.0, memory = 0.0;
    if (strcmp(row->cells[LIST_CLOUD], "Cloud") == 0) {
        feed_reject(reader, GATE_REPEATED_HEADER, row->line);
        return;
    }
    (void)feed_number(row->cells[LIST_COUNT], &count);
    (void)feed_number(row->cells[LIST_MEMORY], &memory);
    Offer instance = feed_rental(reader, row->cells[LIST_CLOUD], "", row->cells[LIST_GPU], count, "");
    instance.host = row->cells[LIST_NAME];
    instance.memory_gb = count > 0.0 ? memory / count : 0.0;
    if (row->cells[LIST_PRICE][0] != '\0') {
        add_instance(reader, row, &instance, "on_demand", row->cells[LIST_PRICE]);
    } else if (row->cells[LIST_PER_GPU][0] != '\0') {
        Offer offer = instance;
        offer_set_text(&offer, RENTAL_TERM, "on_demand");
        feed_set_field(&offer, RENTAL_USD_PER_GPU_H, row->cells[LIST_PER_GPU], 1.0);
        feed_add(reader, &offer, row->line);
    }
    add_instance(reader, row, &instance, "spot", row->cells[LIST_SPOT]);
}

/* --- AWS price list: five lines about the file, then the header --- */

enum {
    AWS_INSTANCE,
    AWS_REGION,
    AWS_TERM,
    AWS_UNIT,
    AWS_PRICE,
    AWS_CURRENCY,
    AWS_LEASE,
    AWS_OPTION,
    AWS_OS,
    AWS_TENANCY,
    AWS_STATUS,
    AWS_SOFTWARE,
    AWS_FROM,
    AWS_MARKET,
    AWS_GPUS
};

static bool is_one_of(const char *text, const char *a, const char *b)
{
    return text[0] == '\0' || strcasecmp(text, a) == 0 || strcasecmp(text, b) == 0;
}

/* Linux on shared machines in normal use, by the hour; a reservation only without a payment up front, because
 * then its hourly price is the whole price. NULL for everything else. */
static const char *aws_term(const FeedRow *row)
{
    const char *lease = row->cells[AWS_LEASE], *term = row->cells[AWS_TERM];
    if (!is_one_of(row->cells[AWS_OS], "Linux", "Linux/UNIX") ||
        !is_one_of(row->cells[AWS_TENANCY], "Shared", "Default") ||
        !is_one_of(row->cells[AWS_STATUS], "Used", "Used") ||
        !is_one_of(row->cells[AWS_SOFTWARE], "NA", "NA") ||
        !is_one_of(row->cells[AWS_MARKET], "OnDemand", "NA") ||
        !is_one_of(row->cells[AWS_UNIT], "Hrs", "Hours")) {
        return NULL;
    }
    if (strcmp(term, "OnDemand") == 0) return "on_demand";
    if (strcmp(term, "Reserved") != 0 || strcmp(row->cells[AWS_OPTION], "No Upfront") != 0) return NULL;
    return strncmp(lease, "1", 1) == 0   ? "reserved_12mo"
           : strncmp(lease, "3", 1) == 0 ? "reserved_36mo"
                                         : NULL;
}

void aws_read_row(FeedReader *reader, const FeedRow *row)
{
    const char *gpu;
    int count;
    if (!feed_instance(reader, row->cells[AWS_INSTANCE], &gpu, &count)) {
        double counted;
        if (!feed_number(row->cells[AWS_GPUS], &counted) || counted < 1.0) {
            feed_reject(reader, GATE_NO_ACCELERATOR, row->line);
            return;
        }
        gpu = row->cells[AWS_INSTANCE]; /* it has some, but the aliases do not say which */
        count = 1;
    }
    const char *term = aws_term(row);
    if (term == NULL) {
        feed_reject(reader, GATE_OTHER_ROW, row->line);
        return;
    }
    Offer instance = feed_rental(reader, "aws", row->cells[AWS_REGION], gpu, count, term);
    instance.host = row->cells[AWS_INSTANCE];
    instance.is_exact = true;
    if (!is_one_of(row->cells[AWS_CURRENCY], "USD", "USD")) {
        offer_fault(&instance, GATE_CURRENCY, "%.10s", row->cells[AWS_CURRENCY]);
    }
    feed_set_from(&instance, row->cells[AWS_FROM]);
    add_instance(reader, row, &instance, term, row->cells[AWS_PRICE]);
}
