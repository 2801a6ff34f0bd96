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

/* Inputs that a category is computed from: groups, and of a group the fields whose names start with one of
 * the words
 * ("" all). */
enum { INPUT_SETS_MAX = 3 };
typedef struct InputSet {
    bool is_used;
    GroupId group;
    const char *prefixes;
} InputSet;

static const InputSet inputs_of[N_CATEGORIES][INPUT_SETS_MAX] = {
    [CATEGORY_COMPUTE_RENT] = {{true, GROUP_RENT, ""}, {true, GROUP_FLEET, ""}, {true, GROUP_ENGINE, ""}},
    [CATEGORY_COMPUTE_CAPEX] = {{true, GROUP_OWN, "server_ book_ financed_ loan_"},
                                {true, GROUP_FLEET, ""},
                                {true, GROUP_ENGINE, ""}},
    [CATEGORY_RESIDUAL] = {{true, GROUP_OWN, "server_usd server_decline residual_"}},
    [CATEGORY_COLO_POWER] = {{true, GROUP_OWN, "server_gpus server_kw load_ pue energy_ colocation_"},
                             {true, GROUP_FLEET, ""}},
    [CATEGORY_MAINTENANCE] = {{true, GROUP_OWN, "server_ maintenance_"}},
    [CATEGORY_API_TOKENS] = {{true, GROUP_API, ""}, {true, GROUP_BILL, ""}},
    [CATEGORY_NETWORK] = {{true, GROUP_NETWORK, ""}},
    [CATEGORY_STORAGE] = {{true, GROUP_OPERATIONS, "log_ storage_ weight_"},
                          {true, GROUP_NETWORK, "input_bytes output_bytes"}},
    [CATEGORY_OBSERVABILITY] = {{true, GROUP_OPERATIONS, "log_ host_"},
                                {true, GROUP_NETWORK, "input_bytes output_bytes"}},
    [CATEGORY_EVALUATION] = {{true, GROUP_OPERATIONS, "evaluation_ upgrade_ ab_ api_migrate"},
                             {true, GROUP_API, "migrate_"},
                             {true, GROUP_RENT, "on_demand decline"}},
    [CATEGORY_STAFFING] = {{true, GROUP_STAFF, ""}},
    [CATEGORY_SECURITY] = {{true, GROUP_OPERATIONS, "security_"}},
    [CATEGORY_LICENCE] = {{true, GROUP_LICENCE, ""}},
    [CATEGORY_SWITCHING] = {{true, GROUP_LICENCE, ""}},
    [CATEGORY_OPTIONALITY] = {{true, GROUP_OPERATIONS, "optionality_"}},
    [CATEGORY_SETUP] = {{true, GROUP_OPERATIONS, "setup_"}},
};

static bool has_prefix(const char *name, const char *prefixes)
{
    if (prefixes[0] == '\0') return true;
    for (const char *at = prefixes; *at != '\0';) {
        size_t n = strcspn(at, " ");
        if (strncmp(name, at, n) == 0) return true;
        at += n + (at[n] == ' ');
    }
    return false;
}

typedef void (*InputVisitor)(void *context, const FieldRow *row, const FieldRef *ref, const char *value,
                             const char *origin);

static void visit_set(const ExplainRequest *request, const InputSet *set, InputVisitor visit, void *context)
{
    const Resolved *resolved = request->answer->resolved;
    const GroupRow *group = &input_groups[set->group];
    const void *values = inputs_group_const(&resolved->inputs, set->group, request->option);
    for (size_t i = 0; i < group->n_rows; i++) {
        if (!field_is_given(&group->rows[i], values) || !has_prefix(group->rows[i].name, set->prefixes))
            continue;
        FieldRef ref = {request->option, set->group, (int)i};
        const Origin *origin = resolved_origin(resolved, &ref);
        char value[FIELD_TEXT_BYTES + 32];
        field_format(&group->rows[i], values, value, sizeof value);
        visit(context, &group->rows[i], &ref, value,
              origin != NULL && origin->text != NULL ? origin->text : "default");
    }
}

static void visit_inputs(const ExplainRequest *request, InputVisitor visit, void *context)
{
    unsigned kind = 1u << request->answer->resolved->inputs.options[request->option].kind;
    for (int i = 0; i < INPUT_SETS_MAX; i++) {
        const InputSet *set = &inputs_of[request->category][i];
        if (set->is_used && (input_groups[set->group].kinds & kind) != 0)
            visit_set(request, set, visit, context);
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
