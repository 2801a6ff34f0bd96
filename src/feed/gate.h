/* The sanity gate: what a price must look like before it may enter the book.
 *
 * Layer: feed, private. A price is judged alone (bounds, its accelerator's usual price), then against the
 * book and the rest of its file (jumps, other sellers of the same model, lone peaks). The gate only marks
 * offers; it drops nothing.
 */
#ifndef FEED_GATE_H
#define FEED_GATE_H

#include "feed/offer.h"

/* What is usual, taken from the book as of a day. */
struct Gate {
    const PriceBook *book; /* borrowed */
    Date as_of;
    Arena arena;
    NameIndex rentals; /* class of the term and gpu -> position in usual */
    NameIndex models;  /* model name without its maker -> position in usual */
    struct Usual {
        double median_usd;
        int n;
    } * usual;
    int n_usual;
};

void gate_init(Gate *gate, const PriceBook *book, Date as_of);
void gate_free(Gate *gate);

/* Marks an offer that cannot be right whatever else is in the file. */
void gate_check_alone(const Gate *gate, Offer *offer);

/* The price of a rental up to which nothing is wrong with it alone, if nothing else is. */
double gate_safe_max(const Gate *gate, const Offer *offer);

/* Marks offers that do not fit the price in force, the other sellers, or their neighbours in time. */
void gate_check_all(const Gate *gate, OfferSet *set);

#endif
