/* Explaining a figure: its formula, its numbers and their sources, down to the inputs.
 *
 * Layer: view. A derivation is a tree: a total of its categories, these of their drivers, these of the lines
 * that the evaluator wrote and of what they were computed from, which are figures again or inputs.
 */
#ifndef TOKENTCO_EXPLAIN_H
#define TOKENTCO_EXPLAIN_H

#include "tokentco/answer.h"
#include "tokentco/arena.h"
#include "tokentco/style.h"

typedef enum NodeKind {
    NODE_TOTAL,    /* npv, total, levelised */
    NODE_CATEGORY, /* sum of its drivers */
    NODE_DRIVER,   /* sum of its lines */
    NODE_MONTH,    /* lines of one month; only where the whole horizon is explained */
    NODE_LINE,     /* quantity x unit price x factor */
    NODE_TERM,     /* a number behind a line */
    NODE_FIGURE,   /* demand, replica, fleet, people */
    NODE_EVENT,    /* factor of the scenario's events in the month */
    NODE_INPUT     /* a field, with where its value is from */
} NodeKind;
const char *node_kind_name(NodeKind kind);

/* One step of a derivation. Texts are owned by the derivation's arena or static; NULL: none. */
typedef struct Node Node;
struct Node {
    NodeKind kind;
    const char *name, *unit, *formula;
    bool has_value;
    double value;
    const char *text;             /* INPUT: the value as people read it */
    const char *pointer, *origin; /* INPUT */
    const char
        *part; /* LINE, TERM, FIGURE of a composed option: the option it is of; NULL: the explained one */
    int month; /* -1: of the whole horizon */
    DriverLine line;           /* LINE */
    double discount;           /* LINE: E41 */
    bool is_elsewhere;         /* FIGURE: taken apart at another place of the same derivation */
    Node *first, *last, *next; /* children; sibling */
};

typedef struct Derivation {
    Arena arena;
    const Node *root;
} Derivation;

enum { MONTH_ALL = -1, DEPTH_ALL = 1 << 16, DEPTH_DEFAULT = 0 };

/* What is explained. `figure` is npv, total, levelised, per_request, per_user, per_unit, or the name of a
 * category, a driver or a figure; NULL: the category. The month counts from 0; MONTH_ALL is the whole
 * horizon. */
typedef struct ExplainRequest {
    const Answer *answer;
    int option;
    CategoryId category;
    int month;
    const char *figure;
    int depth; /* levels below the figure itself that are written; DEPTH_DEFAULT: two */
} ExplainRequest;

/* False when the option has no such figure or cost; then there is nothing to free. With `figures_apart`
 * figures are named where they are used, and not taken apart. */
bool derivation_build(const ExplainRequest *request, bool figures_apart, Derivation *out);
void derivation_free(Derivation *derivation);

/* Is there a category, driver or figure of this name? */
bool explain_has_figure(const char *name);
/* The figures behind costs, for lists. */
int explain_figure_count(void);
const char *explain_figure_name(int i);
const char *explain_figure_doc(int i);

/* False when the option has no such cost in that month; then nothing is added. */
bool explain_add_text(const ExplainRequest *request, const Style *style, Text *out);
bool explain_add_json(const ExplainRequest *request, Text *out);

/* The first month in which an option has the cost; -1 none. */
int explain_first_month(const Answer *answer, int option, const char *figure);

/* The derivation of everything: every option's NPV to its lines, their terms, inputs and sources, and the
 * figures by month, as one document. */
void trace_add_json(const Answer *answer, Text *out);
void trace_add_text(const Answer *answer, const Style *style, Text *out);

#endif
