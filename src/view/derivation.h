/* Derivations while they are made: the tree's nodes, what inputs and figures they rest on. Layer: view,
 * private. */
#ifndef VIEW_DERIVATION_H
#define VIEW_DERIVATION_H

#include "figures.h"
#include "tokentco/explain.h"

/* Everything that the evaluator wrote of one option, and the tree that is being made of it. */
typedef struct Builder {
    const ExplainRequest *request;
    Arena *arena;
    bool figures_apart, is_discounted;
    int n_lines, n_terms, lines_capacity, terms_capacity;
    DriverLine *lines;
    DriverTerm *terms;
    unsigned char *is_shown; /* [(option * n_figures + figure) * n_months + month] */
} Builder;

static inline const Inputs *inputs_of(const Builder *b)
{
    return &b->request->answer->resolved->inputs;
}

/* A child at the end of the parent's; a root where there is none. */
Node *add_node(Builder *b, Node *parent, NodeKind kind, const char *name);
void set_value(Node *node, double value, const char *unit);

/* The name of an option that the explained one is composed of; NULL for itself. */
const char *part_name(const Builder *b, int option);

/* What a list of uses names (figures.h), of an option in a month. */
void add_uses(Builder *b, Node *parent, const char *uses, int month, int option);
void add_figure(Builder *b, Node *parent, const FigureRow *row, int month, int option);

/* What the driver's lines rest on, for each option that they were computed from; month MONTH_ALL: in any. */
void add_driver_uses(Builder *b, Node *parent, DriverId driver, int month);

/* The rate of exchange, where amounts are not in USD. */
void add_rate(Builder *b, Node *parent);

#endif
