/* Offers: prices as an outside feed states them, on their way into the price book.
 *
 * Layer: feed, private. A reader of a feed format fills a draft and adds it; the set canonicalises names,
 * folds duplicates and keeps what is worth keeping. The gate then decides about each kept offer. Nothing
 * vanishes unseen: an offer ends up accepted, quarantined (kept, with its reason) or rejected (counted by
 * reason).
 */
#ifndef FEED_OFFER_H
#define FEED_OFFER_H

#include "feed/name_index.h"
#include "tokentco/pricebook.h"

/* Enough for the widest table that feeds write to. */
enum { OFFER_CELLS_MAX = 11, OFFER_KEYS_MAX = 5 };

typedef enum Verdict { VERDICT_ACCEPTED, VERDICT_QUARANTINED, VERDICT_REJECTED } Verdict;

/* Every reason for not taking an offer: id, word, verdict, what it means. */
#define GATE_RULES(_)                                                                                        \
    _(NONE, "ok", ACCEPTED, "nothing is wrong with it")                                                      \
    _(DOCUMENTATION, "documentation", REJECTED, "an entry that documents the format")                        \
    _(OTHER_PRODUCT, "other_product", REJECTED, "not text by the token: embeddings, images, audio, search")  \
    _(NO_PRICE, "no_price", REJECTED, "carries no price")                                                    \
    _(NO_ACCELERATOR, "no_accelerator", REJECTED, "a machine without accelerators")                          \
    _(OTHER_ROW, "other_row", REJECTED, "not a compute price: licences, other operating systems, storage")   \
    _(REPEATED_HEADER, "repeated_header", REJECTED, "the header line again")                                 \
    _(PAST, "past", REJECTED, "a former price whose start the feed does not state")                          \
    _(FIELD_COUNT, "field_count", QUARANTINED,                                                               \
      "another number of fields than the header: columns may have shifted")                                  \
    _(NO_SELLER, "no_seller", QUARANTINED, "nobody is named who sells it")                                   \
    _(CONTROL, "control_character", QUARANTINED, "a name holds a control character, shown as ?")             \
    _(NO_NAME, "no_name", QUARANTINED, "what it is a price of has no name")                                  \
    _(LONG_NAME, "long_name", QUARANTINED, "a name longer than any seller's, shown cut")                     \
    _(NOT_A_NUMBER, "not_a_number", QUARANTINED, "text where a number belongs")                              \
    _(UNIT, "unit", QUARANTINED,                                                                             \
      "the feed does not say of what the price is: time, GPU or instance, number of tokens")                 \
    _(SENTINEL, "sentinel", QUARANTINED,                                                                     \
      "-1 or another negative number stands for an unknown or variable price")                               \
    _(ZERO_PRICE, "zero_price", QUARANTINED, "zero: free, paid by subscription or unknown")                  \
    _(ONE_SIDE, "one_side", QUARANTINED, "only one of input and output has a price")                         \
    _(REQUEST_FEE, "request_fee", QUARANTINED,                                                               \
      "a fee for each request comes on top, which the table cannot hold")                                    \
    _(CACHED_ABOVE_INPUT, "cached_above_input", QUARANTINED,                                                 \
      "cached input dearer than input: columns may be swapped")                                              \
    _(CURRENCY, "currency", QUARANTINED, "another currency than USD")                                        \
    _(TOO_HIGH, "too_high", QUARANTINED, "beyond anything ever charged: a slip of the unit")                 \
    _(TOO_LOW, "too_low", QUARANTINED, "below anything ever charged: a slip of the unit")                    \
    _(UNLIKE_OTHERS, "unlike_others", QUARANTINED, "far from what other sellers ask for the same model")     \
    _(JUMP, "jump", QUARANTINED, "changed too much since the price in force")                                \
    _(WHOLE_INSTANCE, "whole_instance", QUARANTINED, "looks like the price of the whole instance")           \
    _(FAR_ABOVE, "far_above", QUARANTINED, "far above the usual price of this accelerator")                  \
    _(FAR_BELOW, "far_below", QUARANTINED, "far below the usual price of this accelerator")                  \
    _(PEAK, "peak", QUARANTINED, "a lone peak or dip between equal neighbours: columns may have shifted")    \
    _(UNKNOWN_ACCELERATOR, "unknown_accelerator", QUARANTINED,                                               \
      "the accelerator is not in accelerators.csv; add it or an alias")                                      \
    _(AMBIGUOUS, "ambiguous", QUARANTINED, "the name fits several accelerators and nothing tells which")     \
    _(COUNT, "count", QUARANTINED, "no sensible number of accelerators in the instance")                     \
    _(BAD_DATE, "bad_date", QUARANTINED, "a date that cannot be read or lies far ahead")                     \
    _(CONFLICT, "conflict", QUARANTINED,                                                                     \
      "the feed states another price for the same thing; the first was kept")                                \
    _(TERMS, "terms", QUARANTINED, "a row of a contract that lacks what its rule needs")                     \
    _(SPEC, "spec", QUARANTINED, "differs from the figure of the accelerator by more than a rounding")

typedef enum GateRuleId {
#define GATE_ENUM(id, word, verdict, doc) GATE_##id,
    GATE_RULES(GATE_ENUM)
#undef GATE_ENUM
        N_GATE_RULES
} GateRuleId;

typedef struct GateRule {
    const char *word;
    Verdict verdict;
    const char *doc;
} GateRule;
extern const GateRule gate_rules[N_GATE_RULES];

/* One price. In a draft the texts are borrowed from the reader; in a set they belong to its arena. */
typedef struct Offer {
    PriceKind kind;
    PriceCell cells[OFFER_CELLS_MAX]; /* in the order of the table's own columns */
    bool has_from;                    /* the feed says since when; else the day of retrieval counts */
    Date valid_from;
    bool has_end;
    Date seen_until;
    int line;          /* 0 unknown */
    const char *place; /* JSON pointer or path in an archive; "" unknown */
    const char *note;  /* "" none */
    const char *host;  /* instance name or other detail of a rental, for the note; "" none */
    double memory_gb;  /* of one accelerator, to tell variants apart; 0 unknown */
    bool is_exact;     /* names are this book's own ids, nothing is guessed */
    GateRuleId rule;
    char detail[120]; /* figures behind the rule */
} Offer;

typedef struct Gate Gate;

/* Prices of a kept rental's key that fold into it without a look at anything else. */
typedef struct FoldRange {
    double from_usd, upto_usd; /* what is kept; up to here the gate has nothing against the key */
} FoldRange;

typedef struct OfferSet {
    const PriceBook *book; /* borrowed; its aliases and accelerators are loaded */
    const Gate *gate;      /* borrowed; decides about single offers as they come; NULL: none */
    Arena arena;
    Arena keys;       /* texts of by_raw: close together, since every row of a large catalogue looks there */
    FoldRange *folds; /* of each item, beside the keys for the same reason; only set where by_raw points */
    Offer **items;    /* in the arena */
    int n_items, capacity;
    NameIndex by_raw;       /* key of rentals as the feed spells it -> position in items */
    NameIndex by_key;       /* key text -> position in items */
    NameIndex names;        /* "kind:spelling" -> id */
    NameIndex accelerators; /* id -> row of the table */
    long n_read, n_folded;
    long n_rejected[N_GATE_RULES];
    int first_line[N_GATE_RULES]; /* of the first rejected one; 0 unknown */
    char first_place[N_GATE_RULES][160];
} OfferSet;

void offers_init(OfferSet *set, const PriceBook *book);
void offers_free(OfferSet *set);

/* Starts a draft: zeroed, texts "". */
Offer offer_draft(PriceKind kind);
void offer_set_text(Offer *offer, int column, const char *text);
/* Prices are rounded to 1e-9, so that 7.5e-08 a token and 0.075 a million tokens are one price. */
void offer_set_number(Offer *offer, int column, double number);

/* Marks a fault found while reading; the first one stays. */
void offer_fault(Offer *offer, GateRuleId rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes a copy of the draft: names become ids, the same key folds (rentals: the cheapest stays; else: equal
 * values fold, others are a conflict). Rejected drafts are only counted. */
void offers_add(OfferSet *set, Offer *draft);

/* Counts an entry that is no offer. */
void offers_reject(OfferSet *set, GateRuleId rule, int line, const char *place);

/* Is the second one the same series at the same price, so that nothing changed? */
bool offer_is_continued(const Offer *before, const Offer *offer);

/* What an alias of that kind stands for, or NULL. Case and punctuation do not matter. Borrowed. */
const char *offers_name(const OfferSet *set, const char *kind, const char *name);

/* Takes note of every name that the book's accelerators and aliases have. */
void offers_learn_names(OfferSet *set);

/* Names of a draft become ids, or faults. */
void offer_canonicalise(OfferSet *set, Offer *draft);

/* The canonical id of a seller. Borrowed. */
const char *offers_provider(OfferSet *set, const char *name);

/* Plain decimal without exponent or trailing zeros, at most nine decimals. */
void number_plain(double value, char out[32]);

#endif
