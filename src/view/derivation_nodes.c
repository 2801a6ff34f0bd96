/* Nodes of a derivation: inputs with their sources, events, figures. Layer: view. */
#include "derivation.h"

#include "tokentco/format.h"

#include <stdio.h>
#include <string.h>

Node *add_node(Builder *b, Node *parent, NodeKind kind, const char *name)
{
    Node *node = arena_alloc(b->arena, sizeof *node);
    node->kind = kind;
    node->name = name;
    node->month = MONTH_ALL;
    if (parent == NULL) return node;
    if (parent->last != NULL) {
        parent->last->next = node;
    } else {
        parent->first = node;
    }
    parent->last = node;
    return node;
}

const char *part_name(const Builder *b, int option)
{
    return option == b->request->option ? NULL : inputs_of(b)->options[option].name;
}

void set_value(Node *node, double value, const char *unit)
{
    node->has_value = true;
    node->value = value;
    node->unit = unit;
}

typedef struct UseContext {
    Builder *builder;
    Node *parent;
    int month;
    int option; /* whose fields: the explained option, or a part of it */
} UseContext;

static void add_input(Builder *b, Node *parent, GroupId group, int row, int index)
{
    const Resolved *resolved = b->request->answer->resolved;
    const FieldRow *field = &input_groups[group].rows[row];
    const void *values = inputs_group_const(&resolved->inputs, group, index);
    if (!field_is_given(field, values)) return;
    FieldRef ref = {index, group, row};
    const Origin *origin = resolved_origin(resolved, &ref);
    char text[FIELD_TEXT_BYTES + 32], pointer[256];
    field_format(field, values, text, sizeof text);
    field_ref_format(&ref, pointer, sizeof pointer);
    Node *node = add_node(b, parent, NODE_INPUT, field->name);
    node->text = arena_strdup(b->arena, text);
    node->pointer = arena_strdup(b->arena, pointer);
    node->origin = origin != NULL && origin->text != NULL ? origin->text : "default";
    bool is_number = field->type == FIELD_NUM || field->type == FIELD_OPT || field->type == FIELD_INT;
    if (is_number) set_value(node, field_get(field, values), field->unit);
}

/* What an event set a price to, or the next generation makes of it. */
static void add_levels(Builder *b, Node *parent, int series, int option, int month)
{
    const OptionInputs *inputs = &inputs_of(b)->options[option];
    const Level *level =
        series == SERIES_VOLUME ? inputs_of(b)->volume_level[0] : inputs->price_level[series];
    bool is_hardware = series == SERIES_GPU_RENT || series == SERIES_SERVER;
    int generation = inputs->fleet.generation_month;
    bool is_set = level != NULL && level[month].is_set;
    if (is_set) {
        char name[FIELD_TEXT_BYTES];
        snprintf(name, sizeof name, "%s_set", series_name(series));
        Node *node = add_node(b, parent, NODE_EVENT, arena_strdup(b->arena, name));
        node->month = level[month].since;
        set_value(node, level[month].value, "");
        node->formula = "what an event set it to in this month, instead of the figure above";
    }
    if (!is_hardware || generation == 0 || month < generation || (is_set && level[month].since >= generation))
        return;
    Node *node = add_node(b, parent, NODE_EVENT, "next_generation");
    node->month = generation;
    set_value(node, inputs->fleet.generation_price_factor, "x");
    node->formula = "fleet/generation_price_factor, from this month on";
}

static void add_use(void *context, const Use *use)
{
    UseContext *at = context;
    Builder *b = at->builder;
    const Inputs *inputs = inputs_of(b);
    switch (use->kind) {
    case USE_FIELD:
        if (input_groups[use->group].scope == SCOPE_WORKLOAD) {
            for (int k = 0; k < inputs->n_workloads; k++) add_input(b, at->parent, use->group, use->row, k);
        } else {
            add_input(b, at->parent, use->group, use->row, at->option);
        }
        return;
    case USE_FIGURE:
        add_figure(b, at->parent, use->figure, at->month, at->option);
        return;
    case USE_SERIES: {
        const double *path = series_path(inputs, at->option, use->series);
        add_levels(b, at->parent, use->series, at->option, at->month);
        if (path == NULL) return;
        Node *node = add_node(b, at->parent, NODE_EVENT, series_name(use->series));
        node->month = at->month;
        set_value(node, path[at->month], "x");
        node->formula = "product of the scenario's events so far";
        return;
    }
    }
}

void add_uses(Builder *b, Node *parent, const char *uses, int month, int option)
{
    UseContext context = {b, parent, month, option};
    if (uses != NULL) uses_visit(uses, inputs_of(b)->options[option].kind, add_use, &context);
}

void add_rate(Builder *b, Node *parent)
{
    const Resolved *resolved = b->request->answer->resolved;
    char text[64], day[16], unit[16], origin[320];
    if (resolved->fx.text == NULL) return;
    number_format(resolved->inputs.currency_per_usd, day, sizeof day);
    snprintf(unit, sizeof unit, "%s/USD", resolved->inputs.currency);
    snprintf(text, sizeof text, "%s %s", day, unit);
    date_format(resolved->fx_date, day);
    snprintf(origin, sizeof origin, "of %s, %.280s", day, resolved->fx.text);
    Node *node = add_node(b, parent, NODE_INPUT, "exchange_rate");
    node->text = arena_strdup(b->arena, text);
    node->origin = arena_strdup(b->arena, origin);
    node->pointer = "/currency";
    set_value(node, resolved->inputs.currency_per_usd, arena_strdup(b->arena, unit));
}

/* The first month in which the driver wrote something of this option; -1: none. */
static int first_month_of(const Builder *b, DriverId driver, int month, int part)
{
    for (int i = 0; i < b->n_lines; i++)
        if (b->lines[i].driver == driver && b->lines[i].part == part &&
            (month == MONTH_ALL || b->lines[i].month == month))
            return b->lines[i].month;
    return -1;
}

void add_driver_uses(Builder *b, Node *parent, DriverId driver, int month)
{
    const Inputs *inputs = inputs_of(b);
    for (int o = 0; driver_uses[driver] != NULL && o < inputs->n_options; o++) {
        int first = first_month_of(b, driver, month, o);
        if (first >= 0) add_uses(b, parent, driver_uses[driver], first, o);
    }
}

/* Where a speed rests on a measurement or a calibration, that is its source. */
static void add_basis(Builder *b, Node *parent, int option)
{
    const ThroughputBasis *basis = &inputs_of(b)->options[option].basis;
    Node *node = add_node(b, parent, NODE_INPUT, "throughput");
    node->text = basis_name(basis->basis);
    node->origin = basis->source[0] != '\0' ? basis->source : "scenario";
}

/* A figure of the option that is explained is its result; one of a part of it is what the evaluator said
 * while it wrote the part's lines. False when there was none in the month. */
static bool figure_value(const Builder *b, const FigureRow *row, int month, int option, double *value)
{
    FigurePlace place = {b->request->answer, option, month};
    if (option == b->request->option) {
        *value = row->get(&place);
        return true;
    }
    for (int i = 0; i < b->n_terms; i++) {
        const DriverTerm *term = &b->terms[i];
        if (term->driver != N_DRIVERS || term->part != option || term->month != month ||
            strcmp(term->name, row->name) != 0)
            continue;
        *value = term->value;
        return true;
    }
    return false;
}

/* What a composed option asks of this part of it. */
static void add_share(Builder *b, Node *parent, int option)
{
    enum { LARGE = 1 };
    const OptionInputs *whole = &inputs_of(b)->options[b->request->option];
    if (whole->kind != OPTION_CASCADE || whole->parts[LARGE] != option) return;
    UseContext context = {b, parent, 0, b->request->option};
    uses_visit("cascade/escalate_frac", OPTION_CASCADE, add_use, &context);
}

void add_figure(Builder *b, Node *parent, const FigureRow *row, int month, int option)
{
    double value;
    if (!figure_value(b, row, month, option, &value)) return;
    Node *node = add_node(b, parent, NODE_FIGURE, row->name);
    size_t n_months = (size_t)inputs_of(b)->horizon_months;
    size_t at = ((size_t)option * (size_t)n_figure_rows + (size_t)(row - figure_rows)) * n_months +
                (row->is_of_replica ? 0 : (size_t)month);
    node->month = row->is_of_replica ? MONTH_ALL : month;
    node->part = part_name(b, option);
    node->formula = row->formula;
    set_value(node, value, strcmp(row->unit, "USD") == 0 ? inputs_of(b)->currency : row->unit);
    /* A list of figures beside the costs has those of whole options only. */
    bool is_apart = b->figures_apart && option == b->request->option;
    node->is_elsewhere = is_apart || b->is_shown[at] != 0;
    if (node->is_elsewhere) return;
    b->is_shown[at] = 1;
    add_uses(b, node, row->uses, month, option);
    if (strcmp(row->name, "requests") == 0) add_share(b, node, option);
    if (strcmp(row->name, "replica_rate") == 0) add_basis(b, node, option);
}
