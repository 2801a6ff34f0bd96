/* Building derivations. Layer: view.
 *
 * The evaluator is run once more on the option with a sink that keeps lines and terms: what is shown is what
 * was computed. Sums are sums of those lines.
 */
#include "derivation.h"

#include "tokentco/format.h"
#include "tokentco/unit_costs.h"

#include <math.h>
#include <string.h>

/* ---- lines and terms ---- */

static void *grown(Arena *arena, void *items, int n, int *capacity, size_t size)
{
    enum { FIRST_ITEMS = 512 };
    if (n < *capacity) return items;
    int wider = *capacity == 0 ? FIRST_ITEMS : 2 * *capacity;
    void *copy = arena_array(arena, (size_t)wider, size);
    if (n > 0) memcpy(copy, items, (size_t)n * size);
    *capacity = wider;
    return copy;
}

static void keep_line(void *context, const DriverLine *line)
{
    Builder *b = context;
    if (line->option != b->request->option) return;
    b->lines = grown(b->arena, b->lines, b->n_lines, &b->lines_capacity, sizeof *b->lines);
    b->lines[b->n_lines++] = *line;
}

static void keep_term(void *context, const DriverTerm *term)
{
    Builder *b = context;
    if (term->option != b->request->option) return;
    b->terms = grown(b->arena, b->terms, b->n_terms, &b->terms_capacity, sizeof *b->terms);
    b->terms[b->n_terms++] = *term;
}

static void collect(Builder *b)
{
    Sink sink = {keep_line, keep_term, b};
    evaluate_option(inputs_of(b), b->request->option, b->request->answer->workspace, &sink);
    size_t n = (size_t)n_figure_rows * (size_t)(inputs_of(b)->horizon_months * inputs_of(b)->n_options);
    b->is_shown = arena_array(b->arena, n, 1);
}

/* E41 */
static double discount_of(const Builder *b, const DriverLine *line)
{
    double offset = 0.5 * (int)cost_drivers[line->driver].timing;
    return pow(1.0 + inputs_of(b)->discount_per_year, -(line->month + offset) / 12.0);
}

static double counted_usd(const Builder *b, const DriverLine *line)
{
    return driver_line_usd(line) * (b->is_discounted ? discount_of(b, line) : 1.0);
}

/* Lines and terms of a driver in one month; the sum. */
static double add_month(Builder *b, Node *parent, DriverId driver, int month)
{
    double sum = 0.0;
    for (int i = 0; i < b->n_lines; i++) {
        const DriverLine *line = &b->lines[i];
        if (line->driver != driver || line->month != month) continue;
        Node *node = add_node(b, parent, NODE_LINE, cost_drivers[driver].name);
        node->month = month;
        node->line = *line;
        node->part = part_name(b, line->part);
        node->discount = discount_of(b, line);
        set_value(node, counted_usd(b, line), inputs_of(b)->currency);
        sum += node->value;
    }
    for (int i = 0; i < b->n_terms; i++) {
        const DriverTerm *term = &b->terms[i];
        if (term->driver != driver || term->month != month) continue;
        Node *node = add_node(b, parent, NODE_TERM, term->name);
        node->month = month;
        node->part = part_name(b, term->part);
        set_value(node, term->value, term->unit);
    }
    return sum;
}

static int first_month(const Builder *b, DriverId driver)
{
    for (int i = 0; i < b->n_lines; i++)
        if (b->lines[i].driver == driver) return b->lines[i].month;
    return -1;
}

static bool has_line(const Builder *b, DriverId driver, int month)
{
    for (int i = 0; i < b->n_lines; i++)
        if (b->lines[i].driver == driver && b->lines[i].month == month) return true;
    return false;
}

/* False when the driver wrote nothing in the month (or at all). */
static bool add_driver(Builder *b, Node *parent, DriverId driver, int month, Node **out)
{
    int first = month == MONTH_ALL ? first_month(b, driver) : month;
    if (first < 0 || !has_line(b, driver, first)) return false;
    Node *node = add_node(b, parent, NODE_DRIVER, cost_drivers[driver].name);
    node->month = month;
    node->formula = cost_drivers[driver].formula;
    double sum = 0.0;
    if (month != MONTH_ALL) {
        sum = add_month(b, node, driver, month);
    } else {
        for (int m = first; m < inputs_of(b)->horizon_months; m++) {
            if (!has_line(b, driver, m)) continue;
            Node *child = add_node(b, node, NODE_MONTH, cost_drivers[driver].name);
            child->month = m;
            set_value(child, add_month(b, child, driver, m), inputs_of(b)->currency);
            sum += child->value;
        }
    }
    set_value(node, sum, inputs_of(b)->currency);
    add_driver_uses(b, node, driver, month);
    add_rate(b, node);
    if (out != NULL) *out = node;
    return true;
}

static Node *add_category(Builder *b, Node *parent, CategoryId category, int month)
{
    Node *node = add_node(b, parent, NODE_CATEGORY, cost_categories[category].name);
    double sum = 0.0;
    node->month = month;
    node->formula = cost_categories[category].doc;
    for (int d = 0; d < N_DRIVERS; d++) {
        Node *child = NULL;
        if (cost_drivers[d].category != category || !add_driver(b, node, (DriverId)d, month, &child))
            continue;
        sum += child->value;
    }
    set_value(node, sum, inputs_of(b)->currency);
    return node;
}

static bool has_category(const Builder *b, CategoryId category, int month)
{
    for (int i = 0; i < b->n_lines; i++)
        if (cost_drivers[b->lines[i].driver].category == category &&
            (month == MONTH_ALL || b->lines[i].month == month))
            return true;
    return false;
}

static Node *add_total(Builder *b, Node *parent, const char *name, bool is_discounted, int month)
{
    Node *node = add_node(b, parent, NODE_TOTAL, name);
    double sum = 0.0;
    b->is_discounted = is_discounted;
    node->month = month;
    node->formula =
        is_discounted ? "E41, E42: sum of amount x (1 + rate)^-((m + o) / 12), o = 0, 1/2, 1 by when it flows"
                      : "sum of all amounts, not discounted";
    for (int c = 0; c < N_CATEGORIES; c++)
        if (has_category(b, (CategoryId)c, month)) sum += add_category(b, node, (CategoryId)c, month)->value;
    set_value(node, sum, inputs_of(b)->currency);
    if (is_discounted)
        add_uses(b, node, "discount_per_year horizon_months", month == MONTH_ALL ? 0 : month,
                 b->request->option);
    return node;
}

/* A cost of one of something: the NPV over its discounted number. */
typedef struct PerRow {
    const char *name, *what, *formula, *uses, *figure;
} PerRow;

static const PerRow per_rows[] = {
    {"levelised", "discounted_tokens", "E42: NPV / sum of useful tokens x discount factor, in millions", "",
     "tokens"},
    {"per_request", "discounted_requests", "NPV / sum of requests x discount factor", "", "requests"},
    {"per_user", "discounted_user_months",
     "NPV / sum of users x discount factor; users grow with the requests", "users", "requests"},
    {"per_unit", "discounted_units", "NPV / sum of units x discount factor; units grow with the requests",
     "unit_name units_per_month", "requests"},
};
enum { N_PER_ROWS = sizeof per_rows / sizeof *per_rows };

static int per_named(const char *name)
{
    for (int i = 0; i < N_PER_ROWS; i++)
        if (strcmp(per_rows[i].name, name) == 0) return i;
    return -1;
}

/* The cost of one and its unit; false where the scenario does not say how many there are. */
static bool per_value(const Builder *b, int row, double *value, const char **unit)
{
    static const char *const units[N_PER_ROWS] = {"USD/Mtok", "USD/req", "USD/user-mo", "USD/unit"};
    UnitCosts costs;
    char name[CURRENCY_NAME_BYTES];
    if (!unit_costs_build(b->request->answer, b->request->option, &costs, NULL) || !costs.has) return false;
    double values[N_PER_ROWS] = {costs.mtok_usd, costs.request_usd, costs.user_month_usd, costs.unit_usd};
    bool has[N_PER_ROWS] = {true, true, costs.has_user, costs.has_unit};
    format_currency_name(units[row], inputs_of(b)->currency, name);
    *value = values[row];
    *unit = arena_strdup(b->arena, name);
    return has[row];
}

static Node *add_per(Builder *b, int row)
{
    const PerRow *per = &per_rows[row];
    const char *unit;
    double value;
    if (!per_value(b, row, &value, &unit)) return NULL;
    Node *node = add_node(b, NULL, NODE_TOTAL, per->name);
    node->formula = per->formula;
    set_value(node, value, unit);
    double npv = add_total(b, node, "npv", true, MONTH_ALL)->value;
    Node *number = add_node(b, node, NODE_TOTAL, per->what);
    number->formula = "sum over the months of their number x discount factor";
    set_value(number, value != 0.0 ? npv / value : 0.0, strcmp(per->name, "levelised") == 0 ? "Mtok" : "");
    int option = b->request->option;
    add_uses(b, number, per->uses, 0, option);
    add_figure(b, number, figure_find(per->figure), 0, option);
    add_figure(b, number, figure_find("discount_factor"), 0, option);
    return node;
}

/* ---- names ---- */

static int category_named(const char *name)
{
    for (int c = 0; c < N_CATEGORIES; c++)
        if (strcmp(cost_categories[c].name, name) == 0) return c;
    return -1;
}

static int driver_named(const char *name)
{
    for (int d = 0; d < N_DRIVERS; d++)
        if (strcmp(cost_drivers[d].name, name) == 0) return d;
    return -1;
}

static bool is_total(const char *name)
{
    return strcmp(name, "npv") == 0 || strcmp(name, "total") == 0 || per_named(name) >= 0;
}

bool explain_has_figure(const char *name)
{
    return is_total(name) || category_named(name) >= 0 || driver_named(name) >= 0 ||
           figure_find(name) != NULL;
}

int explain_figure_count(void)
{
    return n_figure_rows;
}
const char *explain_figure_name(int i)
{
    return figure_rows[i].name;
}
const char *explain_figure_doc(int i)
{
    return figure_rows[i].formula;
}

int explain_first_month(const Answer *answer, int option, const char *figure)
{
    ExplainRequest request = {.answer = answer, .option = option};
    Arena arena;
    arena_init(&arena);
    Builder b = {.request = &request, .arena = &arena};
    collect(&b);
    int category = category_named(figure), driver = driver_named(figure), month = -1;
    if (category < 0 && driver < 0) month = workspace_result(answer->workspace, option)->is_feasible ? 0 : -1;
    for (int i = 0; i < b.n_lines && month < 0; i++)
        if ((int)cost_drivers[b.lines[i].driver].category == category || (int)b.lines[i].driver == driver)
            month = b.lines[i].month;
    arena_free(&arena);
    return month;
}

static const Node *build_root(Builder *b, const char *figure, int month)
{
    const OptionInputs *option = &inputs_of(b)->options[b->request->option];
    int category = category_named(figure), driver = driver_named(figure);
    if (per_named(figure) >= 0) return add_per(b, per_named(figure));
    if (is_total(figure)) return add_total(b, NULL, figure, strcmp(figure, "npv") == 0, month);
    /* A driver may bear its category's name; then it is its whole, and the category shows it. */
    if (category >= 0)
        return has_category(b, (CategoryId)category, month)
                   ? add_category(b, NULL, (CategoryId)category, month)
                   : NULL;
    Node *node = NULL;
    if (driver >= 0) return add_driver(b, NULL, (DriverId)driver, month, &node) ? node : NULL;
    const FigureRow *row = figure_find(figure);
    if (row == NULL || (row->kinds & 1u << option->kind) == 0) return NULL;
    Node *holder = add_node(b, NULL, NODE_FIGURE, "");
    add_figure(b, holder, row, month == MONTH_ALL ? 0 : month, b->request->option);
    return holder->first;
}

bool derivation_build(const ExplainRequest *request, bool figures_apart, Derivation *out)
{
    arena_init(&out->arena);
    Builder b = {.request = request, .arena = &out->arena, .figures_apart = figures_apart};
    collect(&b);
    const char *figure = request->figure != NULL ? request->figure : cost_categories[request->category].name;
    bool is_feasible = workspace_result(request->answer->workspace, request->option)->is_feasible;
    out->root = is_feasible ? build_root(&b, figure, request->month) : NULL;
    if (out->root != NULL) return true;
    arena_free(&out->arena);
    return false;
}

void derivation_free(Derivation *derivation)
{
    arena_free(&derivation->arena);
    derivation->root = NULL;
}
