/* Explaining a figure. Layer: view.
 *
 * The evaluator is run once more on the option with a sink that keeps the lines and terms of the wanted
 * category and month: what is shown is what was computed.
 */
#include "tokentco/explain.h"

#include "json_build.h"
#include "tokentco/format.h"

#include <string.h>

enum { LINES_MAX = 64, TERMS_MAX = 256 };

typedef struct Trace {
    const ExplainRequest *request;
    int n_lines, n_terms;
    DriverLine lines[LINES_MAX];
    DriverTerm terms[TERMS_MAX];
} Trace;

static bool is_wanted(const ExplainRequest *request, int option, int month, DriverId driver)
{
    return option == request->option && month == request->month &&
           cost_drivers[driver].category == request->category;
}

static void keep_line(void *context, const DriverLine *line)
{
    Trace *trace = context;
    if (trace->n_lines < LINES_MAX && is_wanted(trace->request, line->option, line->month, line->driver))
        trace->lines[trace->n_lines++] = *line;
}

static void keep_term(void *context, const DriverTerm *term)
{
    Trace *trace = context;
    if (trace->n_terms < TERMS_MAX && is_wanted(trace->request, term->option, term->month, term->driver))
        trace->terms[trace->n_terms++] = *term;
}

static void trace_build(const ExplainRequest *request, Trace *out)
{
    *out = (Trace){.request = request};
    Sink sink = {keep_line, keep_term, out};
    evaluate_option(&request->answer->resolved->inputs, request->option, request->answer->workspace, &sink);
}

int explain_first_month(const Answer *answer, int option, CategoryId category)
{
    const OptionResult *result = workspace_result(answer->workspace, option);
    for (int m = 0; m < answer->resolved->inputs.horizon_months; m++)
        if (result->is_feasible && result->months[m].category_usd[category] != 0.0) return m;
    return -1;
}

/* Groups of inputs that a category is computed from. */
static const GroupId inputs_of[N_CATEGORIES][3] = {
    [CATEGORY_COMPUTE_RENT] = {GROUP_RENT, GROUP_FLEET, GROUP_ENGINE},
    [CATEGORY_COMPUTE_CAPEX] = {GROUP_OWN, GROUP_FLEET, GROUP_ENGINE},
    [CATEGORY_RESIDUAL] = {GROUP_OWN, GROUP_OWN, GROUP_OWN},
    [CATEGORY_COLO_POWER] = {GROUP_OWN, GROUP_FLEET, GROUP_FLEET},
    [CATEGORY_MAINTENANCE] = {GROUP_OWN, GROUP_OWN, GROUP_OWN},
    [CATEGORY_API_TOKENS] = {GROUP_API, GROUP_API, GROUP_API},
    [CATEGORY_NETWORK] = {GROUP_NETWORK, GROUP_NETWORK, GROUP_NETWORK},
    [CATEGORY_STORAGE] = {GROUP_OPERATIONS, GROUP_NETWORK, GROUP_NETWORK},
    [CATEGORY_OBSERVABILITY] = {GROUP_OPERATIONS, GROUP_NETWORK, GROUP_NETWORK},
    [CATEGORY_EVALUATION] = {GROUP_OPERATIONS, GROUP_RENT, GROUP_RENT},
    [CATEGORY_STAFFING] = {GROUP_STAFF, GROUP_STAFF, GROUP_STAFF},
    [CATEGORY_SECURITY] = {GROUP_OPERATIONS, GROUP_OPERATIONS, GROUP_OPERATIONS},
    [CATEGORY_LICENCE] = {GROUP_LICENCE, GROUP_LICENCE, GROUP_LICENCE},
    [CATEGORY_SWITCHING] = {GROUP_LICENCE, GROUP_LICENCE, GROUP_LICENCE},
    [CATEGORY_OPTIONALITY] = {GROUP_OPERATIONS, GROUP_OPERATIONS, GROUP_OPERATIONS},
    [CATEGORY_SETUP] = {GROUP_OPERATIONS, GROUP_OPERATIONS, GROUP_OPERATIONS},
};

typedef void (*InputVisitor)(void *context, const FieldRow *row, const FieldRef *ref, const char *value,
                             const char *origin);

static void visit_inputs(const ExplainRequest *request, InputVisitor visit, void *context)
{
    const Resolved *resolved = request->answer->resolved;
    const GroupId *groups = inputs_of[request->category];
    for (int g = 0; g < 3; g++) {
        if (g > 0 && groups[g] == groups[g - 1]) continue;
        const GroupRow *group = &input_groups[groups[g]];
        const void *values = inputs_group_const(&resolved->inputs, groups[g], request->option);
        for (size_t i = 0; i < group->n_rows; i++) {
            if (!field_is_given(&group->rows[i], values)) continue;
            FieldRef ref = {request->option, groups[g], (int)i};
            const Origin *origin = resolved_origin(resolved, &ref);
            char value[FIELD_TEXT_BYTES + 32];
            field_format(&group->rows[i], values, value, sizeof value);
            visit(context, &group->rows[i], &ref, value,
                  origin != NULL && origin->text != NULL ? origin->text : "default");
        }
    }
}

static void add_input_text(void *context, const FieldRow *row, const FieldRef *ref, const char *value,
                           const char *origin)
{
    (void)ref;
    text_addf(context, "    %-30s %-24s %s\n", row->name, value, origin);
}

static void add_line_text(const Trace *trace, const DriverLine *line, const Style *style, Text *out)
{
    const DriverRow *driver = &cost_drivers[line->driver];
    char quantity[FORMAT_BYTES], price[FORMAT_BYTES], factor[FORMAT_BYTES];
    number_format(line->quantity, quantity, sizeof quantity);
    number_format(line->unit_price_usd, price, sizeof price);
    number_format(line->factor, factor, sizeof factor);
    text_add(out, "\n  ");
    style_add(style, out, INK_STRONG, driver->name);
    text_addf(out, "   %s\n", driver->formula);
    text_addf(out, "    = %s %s x %s USD x %s = %.6f USD\n", quantity, driver->unit, price, factor,
              driver_line_usd(line));
    for (int t = 0; t < trace->n_terms; t++) {
        const DriverTerm *term = &trace->terms[t];
        if (term->driver != line->driver) continue;
        char value[FORMAT_BYTES];
        number_format(term->value, value, sizeof value);
        text_addf(out, "    %-30s %s %s\n", term->name, value, term->unit);
    }
}

bool explain_add_text(const ExplainRequest *request, const Style *style, Text *out)
{
    const Inputs *inputs = &request->answer->resolved->inputs;
    Trace trace;
    trace_build(request, &trace);
    if (trace.n_lines == 0) return false;
    double total = 0.0;
    for (int i = 0; i < trace.n_lines; i++) total += driver_line_usd(&trace.lines[i]);
    char month[16];
    month_format(inputs->start + request->month, month);
    style_add(style, out, INK_STRONG, cost_categories[request->category].name);
    text_addf(out, " of %s in %s: %.6f USD (%s)\n", inputs->options[request->option].name, month, total,
              cost_categories[request->category].doc);
    for (int i = 0; i < trace.n_lines; i++) add_line_text(&trace, &trace.lines[i], style, out);
    text_add(out, "\n  inputs\n");
    visit_inputs(request, add_input_text, out);
    return true;
}

static void add_input_json(void *context, const FieldRow *row, const FieldRef *ref, const char *value,
                           const char *origin)
{
    char pointer[256];
    field_ref_format(ref, pointer, sizeof pointer);
    json_t *object = json_object();
    json_object_set_new(object, "pointer", json_string(pointer));
    json_object_set_new(object, "symbol", json_text_or_null(row->symbol));
    json_object_set_new(object, "value", json_string(value));
    json_object_set_new(object, "origin", json_string(origin));
    json_array_append_new(context, object);
}

static json_t *line_json(const Trace *trace, const DriverLine *line)
{
    const DriverRow *driver = &cost_drivers[line->driver];
    json_t *object = json_object(), *terms = json_array();
    json_object_set_new(object, "driver", json_string(driver->name));
    json_object_set_new(object, "formula", json_string(driver->formula));
    json_object_set_new(object, "quantity", json_number_or_null(line->quantity));
    json_object_set_new(object, "unit", json_string(driver->unit));
    json_object_set_new(object, "unit_price_usd", json_number_or_null(line->unit_price_usd));
    json_object_set_new(object, "factor", json_number_or_null(line->factor));
    json_object_set_new(object, "amount_usd", json_number_or_null(driver_line_usd(line)));
    for (int t = 0; t < trace->n_terms; t++) {
        const DriverTerm *term = &trace->terms[t];
        if (term->driver != line->driver) continue;
        json_t *item = json_object();
        json_object_set_new(item, "name", json_string(term->name));
        json_object_set_new(item, "unit", json_string(term->unit));
        json_object_set_new(item, "value", json_number_or_null(term->value));
        json_array_append_new(terms, item);
    }
    json_object_set_new(object, "terms", terms);
    return object;
}

bool explain_add_json(const ExplainRequest *request, Text *out)
{
    const Inputs *inputs = &request->answer->resolved->inputs;
    Trace trace;
    trace_build(request, &trace);
    if (trace.n_lines == 0) return false;
    json_t *document = json_object(), *lines = json_array(), *values = json_array();
    char month[16];
    month_format(inputs->start + request->month, month);
    json_object_set_new(document, "schema", json_string("tokentco/explain/1"));
    json_object_set_new(document, "option", json_string(inputs->options[request->option].name));
    json_object_set_new(document, "category", json_string(cost_categories[request->category].name));
    json_object_set_new(document, "month", json_string(month));
    for (int i = 0; i < trace.n_lines; i++) json_array_append_new(lines, line_json(&trace, &trace.lines[i]));
    json_object_set_new(document, "lines", lines);
    visit_inputs(request, add_input_json, values);
    json_object_set_new(document, "inputs", values);
    json_add_document(document, out);
    return true;
}
