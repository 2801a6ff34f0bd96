/* Derivations as text and JSON. Layer: view. */
#include "tokentco/explain.h"

#include "figures.h"
#include "json_build.h"
#include "tokentco/format.h"

#include <string.h>

enum { LEVELS_DEFAULT = 2, NAME_COLUMN = 30, VALUE_COLUMN = 24 };

static const char TRACE_SCHEMA[] = "tokentco/trace/1";

const char *node_kind_name(NodeKind kind)
{
    static const char *const names[] = {
        [NODE_TOTAL] = "total",   [NODE_CATEGORY] = "category", [NODE_DRIVER] = "driver",
        [NODE_MONTH] = "month",   [NODE_LINE] = "line",         [NODE_TERM] = "term",
        [NODE_FIGURE] = "figure", [NODE_EVENT] = "event",       [NODE_INPUT] = "input"};
    return names[kind];
}

static int levels_of(const ExplainRequest *request)
{
    return request->depth == DEPTH_DEFAULT ? LEVELS_DEFAULT : request->depth;
}

/* ---- text ---- */

typedef struct TextOut {
    const Resolved *resolved;
    const Style *style;
    Text *out;
    int levels;
} TextOut;

/* "   of llama-8b on rented H100" */
static void add_part_text(const TextOut *to, const Node *node)
{
    if (node->part != NULL) text_addf(to->out, "   of %s", node->part);
}

static void add_line_text(const TextOut *to, const Node *node)
{
    char quantity[FORMAT_BYTES], price[FORMAT_BYTES], factor[FORMAT_BYTES];
    number_format(node->line.quantity, quantity, sizeof quantity);
    number_format(node->line.unit_price_usd, price, sizeof price);
    number_format(node->line.factor, factor, sizeof factor);
    double usd = driver_line_usd(&node->line);
    text_addf(to->out, "= %s %s x %s %s x %s = %.6f %s", quantity, cost_drivers[node->line.driver].unit,
              price, node->unit, factor, usd, node->unit);
    if (node->value != usd) {
        number_format(node->discount, factor, sizeof factor);
        text_addf(to->out, ", x %s = %.6f %s", factor, node->value, node->unit);
    }
    add_part_text(to, node);
    text_add(to->out, "\n");
}

static void add_value_text(const TextOut *to, const Node *node)
{
    char value[FORMAT_BYTES];
    number_format(node->value, value, sizeof value);
    text_addf(to->out, "%-*s %s %s", NAME_COLUMN, node->name, value, node->unit);
    add_part_text(to, node);
    /* Only the whole derivation surely shows the other place. */
    if (node->formula != NULL && node->is_elsewhere && to->levels == DEPTH_ALL) {
        text_add(to->out, "   (see above)");
    } else if (node->formula != NULL) {
        text_addf(to->out, "   %s", node->formula);
    }
    text_add(to->out, "\n");
}

static void add_sum_text(const TextOut *to, const Node *node)
{
    style_add(to->style, to->out, INK_STRONG, node->name);
    text_addf(to->out, "   %.6f %s   %s\n", node->value, node->unit, node->formula);
}

static void add_node_text(const TextOut *to, const Node *node, int level)
{
    char month[16];
    bool is_sum = node->kind == NODE_TOTAL || node->kind == NODE_CATEGORY || node->kind == NODE_DRIVER;
    if (is_sum && level <= 1) text_add(to->out, "\n");
    text_add_char(to->out, ' ', (size_t)(2 * level));
    switch (node->kind) {
    case NODE_TOTAL:
    case NODE_CATEGORY:
    case NODE_DRIVER:
        add_sum_text(to, node);
        break;
    case NODE_MONTH:
        month_format(to->resolved->inputs.start + node->month, month);
        text_addf(to->out, "%s   %.6f %s\n", month, node->value, node->unit);
        break;
    case NODE_LINE:
        add_line_text(to, node);
        break;
    case NODE_TERM:
    case NODE_FIGURE:
    case NODE_EVENT:
        add_value_text(to, node);
        break;
    case NODE_INPUT:
        text_addf(to->out, "%-*s %-*s %s\n", NAME_COLUMN, node->name, VALUE_COLUMN, node->text, node->origin);
        break;
    }
    if (level >= to->levels) return;
    for (const Node *child = node->first; child != NULL; child = child->next)
        add_node_text(to, child, level + 1);
}

/* "storage of rent in 2027-03: 4.986801 USD (logs kept and weights)" */
static void add_heading(const TextOut *to, const ExplainRequest *request, const Node *root)
{
    char month[16], value[FORMAT_BYTES];
    style_add(to->style, to->out, INK_STRONG, root->name);
    text_addf(to->out, " of %s", to->resolved->inputs.options[request->option].name);
    if (root->month != MONTH_ALL) {
        month_format(to->resolved->inputs.start + root->month, month);
        text_addf(to->out, " in %s", month);
    }
    snprintf(value, sizeof value, "%.6f", root->value);
    if (root->kind == NODE_FIGURE) number_format(root->value, value, sizeof value);
    text_addf(to->out, ": %s %s (%s)\n", value, root->unit, root->formula);
}

bool explain_add_text(const ExplainRequest *request, const Style *style, Text *out)
{
    Derivation derivation;
    if (!derivation_build(request, false, &derivation)) return false;
    TextOut to = {request->answer->resolved, style, out, levels_of(request)};
    add_heading(&to, request, derivation.root);
    for (const Node *child = derivation.root->first; child != NULL; child = child->next)
        add_node_text(&to, child, 1);
    derivation_free(&derivation);
    return true;
}

/* ---- JSON ---- */

static void set_month(json_t *object, const Resolved *resolved, int month)
{
    char name[16];
    if (month == MONTH_ALL) return;
    month_format(resolved->inputs.start + month, name);
    json_object_set_new(object, "month", json_string(name));
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') json_object_set_new(object, key, json_string(text));
}

static json_t *node_json(const Resolved *resolved, const Node *node, int levels)
{
    json_t *object = json_object();
    json_object_set_new(object, "kind", json_string(node_kind_name(node->kind)));
    json_object_set_new(object, "name", json_string(node->name));
    set_text(object, "of", node->part);
    set_month(object, resolved, node->month);
    json_t *value = node->has_value ? json_number_or_null(node->value) : json_text_or_null(node->text);
    json_object_set_new(object, "value", value);
    set_text(object, "unit", node->unit);
    set_text(object, "formula", node->formula);
    set_text(object, "pointer", node->pointer);
    set_text(object, "origin", node->origin);
    if (node->kind == NODE_LINE) {
        json_object_set_new(object, "quantity", json_number_or_null(node->line.quantity));
        set_text(object, "quantity_unit", cost_drivers[node->line.driver].unit);
        json_object_set_new(object, "unit_price_usd", json_number_or_null(node->line.unit_price_usd));
        json_object_set_new(object, "factor", json_number_or_null(node->line.factor));
        json_object_set_new(object, "amount_usd", json_number_or_null(driver_line_usd(&node->line)));
        json_object_set_new(object, "discount_factor", json_number_or_null(node->discount));
    }
    if (levels <= 0 || node->first == NULL) return object;
    json_t *children = json_array();
    for (const Node *child = node->first; child != NULL; child = child->next)
        json_array_append_new(children, node_json(resolved, child, levels - 1));
    json_object_set_new(object, "from", children);
    return object;
}

bool explain_add_json(const ExplainRequest *request, Text *out)
{
    Derivation derivation;
    if (!derivation_build(request, false, &derivation)) return false;
    const Resolved *resolved = request->answer->resolved;
    json_t *document = json_object();
    json_object_set_new(document, "schema", json_string("tokentco/explain/2"));
    json_object_set_new(document, "scenario", json_string(resolved->inputs.name));
    json_object_set_new(document, "option", json_string(resolved->inputs.options[request->option].name));
    /* A program takes the whole unless it asks for less. */
    int levels = request->depth == DEPTH_DEFAULT ? DEPTH_ALL : request->depth;
    json_object_set_new(document, "figure", node_json(resolved, derivation.root, levels));
    json_add_document(json_name_currency(document, resolved->inputs.currency), out);
    derivation_free(&derivation);
    return true;
}

/* ---- the trace ---- */

/* A figure over the whole horizon: one value a month, or one for the replica. */
static json_t *figure_json(const Answer *answer, int option, const FigureRow *row)
{
    const Resolved *resolved = answer->resolved;
    ExplainRequest request = {.answer = answer, .option = option, .month = 0, .figure = row->name};
    Derivation derivation;
    if (!derivation_build(&request, false, &derivation)) return NULL;
    json_t *object = node_json(resolved, derivation.root, 1);
    if (!row->is_of_replica) {
        json_t *values = json_array();
        for (int m = 0; m < resolved->inputs.horizon_months; m++) {
            FigurePlace place = {answer, option, m};
            json_array_append_new(values, json_number_or_null(row->get(&place)));
        }
        json_object_del(object, "month");
        json_object_set_new(object, "value", values);
    }
    derivation_free(&derivation);
    return object;
}

static json_t *option_json(const Answer *answer, int option)
{
    const Resolved *resolved = answer->resolved;
    const OptionInputs *inputs = &resolved->inputs.options[option];
    const OptionResult *result = workspace_result(answer->workspace, option);
    json_t *object = json_object(), *figures = json_array();
    json_object_set_new(object, "option", json_string(inputs->name));
    json_object_set_new(object, "kind", json_string(option_kind_name(inputs->kind)));
    json_object_set_new(object, "feasible", json_boolean(result->is_feasible));
    json_object_set_new(object, "reason", json_text_or_null(result->reason));
    ExplainRequest request = {.answer = answer, .option = option, .month = MONTH_ALL, .figure = "npv"};
    Derivation derivation;
    if (result->is_feasible && derivation_build(&request, true, &derivation)) {
        json_object_set_new(object, "npv", node_json(resolved, derivation.root, DEPTH_ALL));
        derivation_free(&derivation);
    }
    for (int i = 0; result->is_feasible && i < n_figure_rows; i++) {
        json_t *figure = (figure_rows[i].kinds & 1u << inputs->kind) != 0
                             ? figure_json(answer, option, &figure_rows[i])
                             : NULL;
        if (figure != NULL) json_array_append_new(figures, figure);
    }
    json_object_set_new(object, "figures", figures);
    return object;
}

void trace_add_json(const Answer *answer, Text *out)
{
    const Resolved *resolved = answer->resolved;
    char start[16], as_of[16];
    month_format(resolved->inputs.start, start);
    date_format(resolved->as_of, as_of);
    json_t *document = json_object(), *options = json_array();
    json_object_set_new(document, "schema", json_string(TRACE_SCHEMA));
    json_object_set_new(document, "version", json_string(TOKENTCO_VERSION));
    json_object_set_new(document, "scenario", json_string(resolved->inputs.name));
    json_object_set_new(document, "scenario_sha256", json_text_or_null(resolved->sha256));
    json_object_set_new(document, "start", json_string(start));
    json_object_set_new(document, "horizon_months", json_integer(resolved->inputs.horizon_months));
    json_object_set_new(document, "as_of", json_string(as_of));
    json_object_set_new(document, "discount_per_year",
                        json_number_or_null(resolved->inputs.discount_per_year));
    for (int i = 0; i < resolved->inputs.n_options; i++)
        json_array_append_new(options, option_json(answer, i));
    json_object_set_new(document, "options", options);
    json_add_document(json_name_currency(document, resolved->inputs.currency), out);
}

void trace_add_text(const Answer *answer, const Style *style, Text *out)
{
    for (int i = 0; i < answer->resolved->inputs.n_options; i++) {
        const OptionResult *result = workspace_result(answer->workspace, i);
        ExplainRequest request = {
            .answer = answer, .option = i, .month = MONTH_ALL, .figure = "npv", .depth = DEPTH_ALL};
        if (i > 0) text_add(out, "\n");
        if (!result->is_feasible)
            text_addf(out, "%s cannot serve this: %s\n", answer->resolved->inputs.options[i].name,
                      result->reason);
        else
            explain_add_text(&request, style, out);
    }
}
