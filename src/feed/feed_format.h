/* Formats of outside price feeds: one table row each.
 *
 * Layer: feed, private. A row says how a file of that format is recognised by its content and how it is read
 * into offers. Readers never print, never decide whether a price is sane and never touch the book.
 */
#ifndef FEED_FEED_FORMAT_H
#define FEED_FEED_FORMAT_H

#include "feed/offer.h"
#include "tokentco/err.h"

#include <jansson.h>

enum { FEED_COLUMNS_MAX = 16, POINTER_BYTES = 512 };

typedef struct FeedReader {
    const struct FeedFormat *format;
    OfferSet *set;        /* where offers go */
    const char *file;     /* for messages */
    const char *provider; /* seller for files that do not name one; "" none */
    Date retrieved_on;
    ErrList *errors;
    bool has_more;               /* the file says that it goes on in another */
    char pointer[POINTER_BYTES]; /* JSON pointer of the entry that is being read */
    /* Wide files: what their header says about each column. */
    const char *const *header;
    int n_header;
    const struct Meaning *meanings; /* feed_table.c: what each of them holds; NULL until it is asked */
} FeedReader;

/* One record of a CSV feed: the wanted columns in the order of the format's list, "" where the file lacks
 * one. */
typedef struct FeedRow {
    int line;
    const char *cells[FEED_COLUMNS_MAX];
    const char *const *all; /* every field of the record */
    int n_all;
} FeedRow;

enum {
    FEED_NEEDS_PROVIDER = 1 << 0, /* the file does not say who sells */
    FEED_IS_COMPLETE =
        1 << 1 /* a series that an earlier file of this feed had and this one lacks has ended */
};

typedef struct FeedFormat {
    const char *word; /* for --feed, in `source` columns and in messages */
    const char *title;
    unsigned flags;
    /* CSV: header names, "name|other name"; a leading '?' marks a column that may be missing. NULL for JSON.
     */
    const char *const *columns;
    int n_columns;
    /* CSV whose columns have no fixed names; NULL: `columns` decides. */
    bool (*is_header)(const char *const *fields, int n_fields);
    void (*read_row)(FeedReader *reader, const FeedRow *row);
    /* JSON: does this document look like the format? Then it is read; false only after a fault was listed. */
    bool (*is_document)(json_t *root);
    bool (*read_document)(FeedReader *reader, json_t *root);
} FeedFormat;

extern const FeedFormat feed_formats[];
extern const int n_feed_formats;

/* The format with that word, or NULL. */
const FeedFormat *feed_format_find(const char *word);

/* The formats' table functions, by file. */
#define FEED_CSV_FORMAT(name) void name##_read_row(FeedReader *reader, const FeedRow *row)
#define FEED_JSON_FORMAT(name)                                                                               \
    bool name##_is_document(json_t *root);                                                                   \
    bool name##_read_document(FeedReader *reader, json_t *root)

FEED_JSON_FORMAT(litellm);
FEED_JSON_FORMAT(modelsdev);
FEED_JSON_FORMAT(openrouter);
FEED_JSON_FORMAT(genai);
FEED_JSON_FORMAT(llmprices);
FEED_JSON_FORMAT(azure);
FEED_JSON_FORMAT(vast);
FEED_JSON_FORMAT(runpod);
FEED_JSON_FORMAT(gpuhunt);
FEED_JSON_FORMAT(offerings);
FEED_JSON_FORMAT(tpu);
FEED_JSON_FORMAT(table);
FEED_CSV_FORMAT(skypilot);
FEED_CSV_FORMAT(gpuhunt);
FEED_CSV_FORMAT(cloudgpus);
FEED_CSV_FORMAT(aws);
FEED_CSV_FORMAT(quote_rental);
FEED_CSV_FORMAT(quote_api);
FEED_CSV_FORMAT(quote_contract);
FEED_CSV_FORMAT(gpuindex);
FEED_CSV_FORMAT(gpuspecs);
FEED_CSV_FORMAT(table);
bool table_is_header(const char *const *fields, int n_fields);
bool gpuindex_is_header(const char *const *fields, int n_fields);

/* Reads a file, folder or "-" into the reader's set; `forced` is NULL when the content decides about the
 * format, which the reader then names. False with every fault in the reader's list. */
bool feed_read(FeedReader *reader, const char *path, const FeedFormat *forced);

/* A models.dev tree: a folder, or the bytes of a tar archive. */
bool modelsdev_read_folder(FeedReader *reader, const char *path, Err *err);
/* One file of the tree: its path or `reader->provider` says whose model it is, its name which. */
bool modelsdev_read_file(FeedReader *reader, const char *path, Err *err);
bool modelsdev_read_tar(FeedReader *reader, const char *bytes, size_t n_bytes, Err *err);
/* One models.dev cost object; `provider` and `model` name the entry. */
void modelsdev_read_cost(FeedReader *reader, const char *provider, const char *model, const json_t *cost);

/* --- what several readers need --- */

/* Sets a number from the text of a field, a mark of US dollars and thousands commas allowed; "" and words for
 * nothing ("null", "n/a", "-") leave it unset, other text is a fault of the offer. */
void feed_set_field(Offer *offer, int column, const char *text, double factor);

/* Sets a number from a JSON number; null or missing leaves it unset, anything else is a fault. */
void feed_set_json(Offer *offer, int column, const json_t *value, double factor);

/* The same, where the feed also writes numbers as text. */
void feed_set_json_text(Offer *offer, int column, const json_t *value, double factor);

/* A text member of an object; "" when there is none. */
const char *feed_text(const json_t *object, const char *key);

/* A number in a field; false when it is not one. "" is no number. */
bool feed_number(const char *text, double *out);

/* A date the offer holds from, or the day of a time; "" or NULL means unknown. */
void feed_set_from(Offer *offer, const char *date);
void feed_set_end(Offer *offer, const char *date, int days_back);

/* Tier names of api_prices.csv. */
void tier_over(long tokens, char out[64]);
void tier_utc(int from_minute, int to_minute, char out[64]);

/* Accelerator and count behind an instance type, from the aliases of kind "instance" ("8 H100"). */
bool feed_instance(const FeedReader *reader, const char *type, const char **gpu, int *count);

/* A rental draft with the seller, place and term filled in. */
Offer feed_rental(const FeedReader *reader, const char *provider, const char *region, const char *gpu,
                  double gpus, const char *term);
void feed_add(FeedReader *reader, Offer *offer, int line);
/* Counts an entry that is no offer. */
void feed_reject(FeedReader *reader, GateRuleId rule, int line);

#endif
