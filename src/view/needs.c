/* What would have to be true. Layer: view. */
#include "tokentco/needs.h"

#include "json_build.h"
#include "tokentco/format.h"

#include <stdlib.h>
#include <string.h>

/* E64: how much each cascade may pass on. */
static void add_cascades(const Inputs *inputs, Workspace *workspace, Inputs *scratch, Needs *out)
{
    for (int o = 0; o < inputs->n_options; o++)
        if (cascade_limit(inputs, o, workspace, scratch, &out->limits[out->n_cascades]))
            out->cascades[out->n_cascades++] = o;
}

bool needs_build(const Answer *answer, Needs *out, Err *err)
{
    const Inputs *inputs = &answer->resolved->inputs;
    *out = (Needs){.answer = answer};
    if (answer->best < 0) return err_set(err, ERR_NO, "no option can serve this: nothing wins");
    Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    Inputs *scratch = malloc(sizeof *scratch);
    bool is_ok = workspace != NULL && scratch != NULL;
    for (int o = 0; is_ok && o < inputs->n_options; o++) {
        if (o == answer->best || inputs->options[o].is_part ||
            !workspace_result(answer->workspace, o)->is_feasible)
            continue;
        out->options[out->n] = o;
        for (int a = 0; a < N_AXES; a++)
            out->items[out->n][a] = axis_need(inputs, o, answer->best, (AxisId)a, workspace, scratch);
        out->n++;
    }
    if (is_ok) add_cascades(inputs, workspace, scratch, out);
    workspace_free(workspace);
    free(scratch);
    return is_ok ? true : err_set(err, ERR_BUG, "out of memory");
}

/* ---- the table ---- */

/* "3.81x", "12.6 M", "0.95", "-" where the axis means nothing. `*` marks a price of the cheapest option. */
static void put_need(const void *context, int row, AxisId axis, Cell *out)
{
    const Needs *needs = context;
    const AxisNeed *need = &needs->items[row][axis];
    char value[FORMAT_BYTES];
    if (!need->applies) return;
    if (!need->is_found) {
        cell_set_text(out, "none");
        return;
    }
    bool is_factor = strcmp(axes[axis].unit, "x") == 0, is_others = need->owner != needs->options[row];
    if (axis == AXIS_VOLUME) {
        format_si(need->value, value);
    } else {
        format_price(need->value, value);
    }
    cell_printf(out, "%s%s%s", value, is_factor ? "x" : "", is_others ? "*" : "");
}

static void get_number(const void *context, int row, Cell *out)
{
    cell_set_number(out, ((const Needs *)context)->options[row] + 1);
}
static void get_name(const void *context, int row, Cell *out)
{
    const Needs *needs = context;
    cell_set_text(out, needs->answer->resolved->inputs.options[needs->options[row]].name);
}
static void get_gap(const void *context, int row, Cell *out)
{
    const Needs *needs = context;
    cell_set_number(out, workspace_result(needs->answer->workspace, needs->options[row])->npv_usd -
                             workspace_result(needs->answer->workspace, needs->answer->best)->npv_usd);
}
static void get_volume(const void *context, int row, Cell *out)
{
    put_need(context, row, AXIS_VOLUME, out);
}
static void get_context(const void *context, int row, Cell *out)
{
    put_need(context, row, AXIS_CONTEXT, out);
}
static void get_gpu_price(const void *context, int row, Cell *out)
{
    put_need(context, row, AXIS_GPU_PRICE, out);
}
static void get_api_price(const void *context, int row, Cell *out)
{
    put_need(context, row, AXIS_API_PRICE, out);
}
static void get_utilisation(const void *context, int row, Cell *out)
{
    put_need(context, row, AXIS_UTILISATION, out);
}
static void get_staff(const void *context, int row, Cell *out)
{
    put_need(context, row, AXIS_STAFF, out);
}

static const Column columns[] = {
    {"number", "", "", "number of the option", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_number},
    {"name", "option", "", "name of the option", ALIGN_LEFT, SHOW_SHORTEST, 26, get_name},
    {"gap_usd", "costs more", "USD", "NPV beyond that of the cheapest", ALIGN_RIGHT, SHOW_GROUPED, 0,
     get_gap},
    {"volume", "requests", "req/mo", "requests a month at which it would be the cheaper", ALIGN_RIGHT,
     SHOW_SHORTEST, 0, get_volume},
    {"context", "input tok", "tok", "mean input tokens of a request", ALIGN_RIGHT, SHOW_SHORTEST, 0,
     get_context},
    {"gpu_price", "GPU price", "USD", "of a GPU-hour; of a server where owned", ALIGN_RIGHT, SHOW_SHORTEST, 0,
     get_gpu_price},
    {"api_price", "API price", "x", "factor on all token prices", ALIGN_RIGHT, SHOW_SHORTEST, 0,
     get_api_price},
    {"utilisation", "max use", "frac", "highest planned utilisation", ALIGN_RIGHT, SHOW_SHORTEST, 0,
     get_utilisation},
    {"staff", "people", "x", "factor on all people", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_staff},
};

static int ink_of(const void *context, int row, int column)
{
    return column == 0 ? INK_SERIES + ((const Needs *)context)->options[row] : INK_PLAIN;
}

Table needs_table(const Needs *needs)
{
    return (Table){columns, (int)(sizeof columns / sizeof *columns), needs->n, needs, ink_of};
}

static const char *large_name(const Inputs *inputs, int cascade)
{
    return inputs->options[inputs->options[cascade].parts[1]].name;
}

/* "5 8b first, a fifth to the API costs less than claude-haiku API alone up to 34 % passed on, now 20 %; by
 * E64 37.3 %" */
static void add_limits(const Needs *needs, Text *out)
{
    const Inputs *inputs = &needs->answer->resolved->inputs;
    char limit[FORMAT_BYTES], ratio[FORMAT_BYTES], now[FORMAT_BYTES];
    for (int i = 0; i < needs->n_cascades; i++) {
        int o = needs->cascades[i];
        const CascadeLimit *found = &needs->limits[i];
        format_percent(found->frac, limit);
        format_percent(found->ratio_frac, ratio);
        format_percent(inputs->options[o].cascade.escalate_frac, now);
        text_addf(out, "\n  %d %s costs ", o + 1, inputs->options[o].name);
        if (found->is_found) {
            text_addf(out, "less than %s alone up to %s passed on", large_name(inputs, o), limit);
        } else {
            text_addf(out, "more than %s alone whatever is passed on", large_name(inputs, o));
        }
        text_addf(out,
                  "; now %s\n    E64: 1 - cost of the small one / cost of the large one = %s, both alone\n",
                  now, ratio);
    }
}

void needs_add_text(const Needs *needs, const Style *style, Text *out)
{
    const Inputs *inputs = &needs->answer->resolved->inputs;
    char low[FORMAT_BYTES], high[FORMAT_BYTES];
    style_add(style, out, INK_STRONG, inputs->name);
    text_addf(out, " %s %d %s is the cheapest; each would be, if one thing alone were\n\n",
              style->is_utf8 ? "·" : "|", needs->answer->best + 1, inputs->options[needs->answer->best].name);
    if (needs->n == 0) {
        text_add(out, "  there is no other option that can serve this\n");
        return;
    }
    Table table = needs_table(needs);
    table_add_text(&table, style, 2, out);
    text_addf(out,
              "\n  none: none of the values that were looked at, %d to each end of the range, does it\n"
              "  *: a figure of the cheapest option; prices in USD\n  ranges:",
              AXIS_SEARCH_STEPS);
    enum { SHOWN = AXIS_ESCALATION }; /* cascades have lines of their own below */
    for (int a = 0; a < SHOWN; a++) {
        format_si(axes[a].low, low);
        format_si(axes[a].high, high);
        if (a == SHOWN / 2) text_add(out, "\n         ");
        text_addf(out, " %s %s to %s times%s", axes[a].name, low, high,
                  a + 1 < SHOWN ? "," : " the present\n");
    }
    add_limits(needs, out);
}

/* E64 for programs: shares of the requests. */
static json_t *limits_of(const Needs *needs)
{
    const Inputs *inputs = &needs->answer->resolved->inputs;
    json_t *list = json_array();
    for (int i = 0; i < needs->n_cascades; i++) {
        const CascadeLimit *found = &needs->limits[i];
        const OptionInputs *option = &inputs->options[needs->cascades[i]];
        json_t *object = json_object();
        json_object_set_new(object, "option", json_string(option->name));
        json_object_set_new(object, "large", json_string(large_name(inputs, needs->cascades[i])));
        json_object_set_new(object, "escalate_frac", json_real(option->cascade.escalate_frac));
        json_object_set_new(object, "indifference_frac",
                            found->is_found ? json_real(found->frac) : json_null());
        json_object_set_new(object, "indifference_by_ratio_frac", json_real(found->ratio_frac));
        json_array_append_new(list, object);
    }
    return list;
}

void needs_add_json(const Needs *needs, Text *out)
{
    const Inputs *inputs = &needs->answer->resolved->inputs;
    json_t *document = json_object(), *options = json_array();
    json_object_set_new(document, "schema", json_string("tokentco/needs/1"));
    json_object_set_new(document, "scenario", json_string(inputs->name));
    json_object_set_new(document, "cheapest", json_string(inputs->options[needs->answer->best].name));
    for (int i = 0; i < needs->n; i++) {
        json_t *object = json_object(), *items = json_object();
        json_object_set_new(object, "option", json_string(inputs->options[needs->options[i]].name));
        for (int a = 0; a < N_AXES; a++) {
            const AxisNeed *need = &needs->items[i][a];
            json_t *item = json_null();
            if (need->applies) {
                item = json_object();
                json_object_set_new(item, "of", json_string(inputs->options[need->owner].name));
                json_object_set_new(item, "unit", json_string(axes[a].unit));
                json_object_set_new(item, "present", json_real(need->present));
                json_object_set_new(item, "needed", need->is_found ? json_real(need->value) : json_null());
                json_object_set_new(item, "searched_from", json_real(need->low));
                json_object_set_new(item, "searched_to", json_real(need->high));
                json_object_set_new(item, "searched_steps_each_side", json_integer(AXIS_SEARCH_STEPS));
            }
            json_object_set_new(items, axes[a].name, item);
        }
        json_object_set_new(object, "needs", items);
        json_array_append_new(options, object);
    }
    json_object_set_new(document, "options", options);
    json_object_set_new(document, "cascades", limits_of(needs));
    json_add_document(document, out);
}
