/* Two scenarios side by side, for people. Layer: view. */
#include "tokentco/compare.h"

#include "view/compare_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- building ---- */

/* The first difference of each change; names that change nothing by themselves are shown too. */
static bool find_rows(Comparison *c)
{
    const Difference *d = &c->difference;
    bool is_seen[SHAPLEY_CHANGES_MAX] = {false};
    c->rows = calloc((size_t)d->n_fields + 1, sizeof *c->rows);
    for (int i = 0; c->rows != NULL && i < d->n_fields; i++) {
        int part = d->fields[i].part;
        if (part >= 0 && is_seen[part]) continue;
        if (part >= 0) is_seen[part] = true;
        c->rows[c->n_rows++] = i;
    }
    return c->rows != NULL;
}

static bool share_all(Comparison *c, Err *err)
{
    const Difference *d = &c->difference;
    int n_matched = 0;
    for (int p = 0; p < d->n_pairs; p++) {
        if (d->pairs[p].a < 0 || d->pairs[p].b < 0) continue;
        n_matched++;
        if (!difference_share(d, p, &c->shares[c->n_shares++], err)) return false;
    }
    return n_matched < 2 || difference_share(d, -1, &c->shares[c->n_shares++], err);
}

bool comparison_build(const Answer *a, const char *name_a, const Answer *b, const char *name_b,
                      Comparison *out, Err *err)
{
    *out = (Comparison){.a = a, .b = b, .name_a = name_a, .name_b = name_b};
    bool is_ok =
        difference_build(&a->resolved->inputs, &b->resolved->inputs, &out->difference) && find_rows(out);
    if (is_ok) out->shares = calloc((size_t)out->difference.n_pairs + 1, sizeof *out->shares);
    if (!is_ok || out->shares == NULL) {
        comparison_free(out);
        return err_set(err, ERR_BUG, "out of memory");
    }
    if (share_all(out, err)) return true;
    comparison_free(out);
    return false;
}

void comparison_free(Comparison *comparison)
{
    difference_free(&comparison->difference);
    free(comparison->rows);
    free(comparison->shares);
    *comparison = (Comparison){0};
}

/* ---- what is said of a difference ---- */

void compare_place(const Comparison *c, const FieldDifference *field, char *out, size_t size)
{
    const GroupRow *group = &input_groups[field->group];
    const Inputs *a = c->difference.a;
    if (field->row < 0 && field->series == N_PRICE_SERIES) {
        snprintf(out, size, "workload %d: events", field->a + 1);
    } else if (field->row < 0) {
        snprintf(out, size, "%s: events", a->options[field->a].name);
    } else if (group->scope == SCOPE_OPTION) {
        snprintf(out, size, "%s: %s/%s", a->options[field->a].name, group->name,
                 group->rows[field->row].name);
    } else if (group->scope == SCOPE_WORKLOAD && a->n_workloads > 1) {
        snprintf(out, size, "workload %d: %s", field->a + 1, group->rows[field->row].name);
    } else {
        snprintf(out, size, "%s", group->rows[field->row].name);
    }
}

void compare_value(const Comparison *c, const FieldDifference *field, bool is_b, char *out, size_t size)
{
    const Inputs *inputs = is_b ? c->difference.b : c->difference.a;
    int index = is_b ? field->b : field->a;
    if (field->row < 0) {
        bool has = field->series == N_PRICE_SERIES ? inputs->volume_path[index] != NULL
                                                   : inputs->options[index].price_path[field->series] != NULL;
        snprintf(out, size, "%s", has ? "a path" : "none");
        return;
    }
    const FieldRow *row = &input_groups[field->group].rows[field->row];
    const void *group = inputs_group_const(inputs, field->group, index);
    if (field_is_given(row, group)) {
        field_format(row, group, out, size);
    } else {
        snprintf(out, size, "none");
    }
}

const char *compare_share_name(const Comparison *c, const Attribution *share)
{
    return share->pair < 0 ? "the cheapest"
                           : c->difference.a->options[c->difference.pairs[share->pair].a].name;
}

void compare_money(int64_t micro_usd, char out[FORMAT_BYTES])
{
    const int64_t micros = 1000000;
    uint64_t size = micro_usd < 0 ? (uint64_t)-micro_usd : (uint64_t)micro_usd;
    snprintf(out, FORMAT_BYTES, "%s%llu.%06llu", micro_usd < 0 ? "-" : "",
             (unsigned long long)(size / (uint64_t)micros), (unsigned long long)(size % (uint64_t)micros));
}

/* ---- tables ---- */

static const FieldDifference *field_at(const void *context, int row)
{
    const Comparison *c = context;
    return &c->difference.fields[c->rows[row]];
}

/* Figures of one look-up are told by their number; the reference that they follow from is a row of its own.
 */
static int figures_of(const Comparison *c, const FieldDifference *field)
{
    int n = 0;
    for (int i = 0; field->part >= 0 && i < c->difference.n_fields; i++) {
        const FieldDifference *other = &c->difference.fields[i];
        n += other->part == field->part && (other->row != field->row || other == field) ? 1 : 0;
    }
    return n;
}

static void input_name(const void *context, int row, Cell *out)
{
    const Comparison *c = context;
    const FieldDifference *field = field_at(context, row);
    char text[sizeof out->buffer];
    compare_place(c, field, text, sizeof text);
    cell_printf(out, "%s", field->part >= 0 ? c->difference.parts[field->part] : text);
}

static void input_value(const void *context, int row, bool is_b, Cell *out)
{
    char text[sizeof out->buffer];
    int n = figures_of(context, field_at(context, row));
    if (n > 1) {
        cell_printf(out, "%d %s", n, is_b ? "others" : "figures");
        return;
    }
    compare_value(context, field_at(context, row), is_b, text, sizeof text);
    cell_printf(out, "%s", text);
}

static void input_before(const void *context, int row, Cell *out)
{
    input_value(context, row, false, out);
}

static void input_after(const void *context, int row, Cell *out)
{
    input_value(context, row, true, out);
}

static const Column input_columns[] = {
    {"input", "input", "", "what differs", ALIGN_LEFT, SHOW_SHORTEST, 56, input_name},
    {"before", "before", "", "in the first scenario", ALIGN_LEFT, SHOW_SHORTEST, 32, input_before},
    {"after", "after", "", "in the other", ALIGN_LEFT, SHOW_SHORTEST, 32, input_after},
};

const OptionResult *compare_result(const Comparison *c, int pair, bool is_b)
{
    OptionPair options = c->difference.pairs[pair];
    int o = is_b ? options.b : options.a;
    if (o < 0) return NULL;
    const OptionResult *result = workspace_result((is_b ? c->b : c->a)->workspace, o);
    return result->is_feasible ? result : NULL;
}

static void result_name(const void *context, int row, Cell *out)
{
    const Comparison *c = context;
    OptionPair pair = c->difference.pairs[row];
    if (pair.b < 0) {
        cell_printf(out, "%s (first only)", c->difference.a->options[pair.a].name);
    } else if (pair.a < 0) {
        cell_printf(out, "%s (other only)", c->difference.b->options[pair.b].name);
    } else {
        cell_set_text(out, c->difference.a->options[pair.a].name);
    }
}

static void result_npv(const void *context, int row, bool is_b, Cell *out)
{
    const OptionResult *result = compare_result(context, row, is_b);
    if (result != NULL) cell_set_number(out, result->npv_usd);
}

static void result_before(const void *context, int row, Cell *out)
{
    result_npv(context, row, false, out);
}

static void result_after(const void *context, int row, Cell *out)
{
    result_npv(context, row, true, out);
}

static void result_change(const void *context, int row, Cell *out)
{
    const OptionResult *a = compare_result(context, row, false), *b = compare_result(context, row, true);
    if (a != NULL && b != NULL) cell_set_number(out, b->npv_usd - a->npv_usd);
}

static void result_mtok(const void *context, int row, bool is_b, Cell *out)
{
    const OptionResult *result = compare_result(context, row, is_b);
    if (result != NULL && result->has_levelised) cell_set_number(out, result->levelised_usd_per_mtok);
}

static void mtok_before(const void *context, int row, Cell *out)
{
    result_mtok(context, row, false, out);
}

static void mtok_after(const void *context, int row, Cell *out)
{
    result_mtok(context, row, true, out);
}

static const Column result_columns[] = {
    {"option", "option", "", "name of the option", ALIGN_LEFT, SHOW_SHORTEST, 40, result_name},
    {"npv_before_usd", "NPV before", "USD", "in the first scenario", ALIGN_RIGHT, SHOW_GROUPED, 0,
     result_before},
    {"npv_after_usd", "NPV after", "USD", "in the other", ALIGN_RIGHT, SHOW_GROUPED, 0, result_after},
    {"change_usd", "change", "USD", "after less before", ALIGN_RIGHT, SHOW_GROUPED, 0, result_change},
    {"usd_per_mtok_before", "$/Mtok", "USD/Mtok", "in the first scenario", ALIGN_RIGHT, SHOW_PRICE, 0,
     mtok_before},
    {"usd_per_mtok_after", "after", "USD/Mtok", "in the other", ALIGN_RIGHT, SHOW_PRICE, 0, mtok_after},
};

#define N_OF(columns) ((int)(sizeof(columns) / sizeof(columns)[0]))

/* ---- shares, largest first ---- */

typedef struct ShareOrder {
    int change;
    int64_t size;
} ShareOrder;

static int compare_sizes(const void *x, const void *y)
{
    const ShareOrder *a = x, *b = y;
    if (a->size != b->size) return a->size > b->size ? -1 : 1;
    return a->change - b->change;
}

static void add_signed(Text *out, double usd)
{
    char text[FORMAT_BYTES], padded[FORMAT_BYTES + 1];
    format_grouped(usd, text);
    snprintf(padded, sizeof padded, "%s%s", usd > 0.0 ? "+" : "", text);
    text_addf(out, "%14s", padded);
}

static void add_share(const Comparison *c, const Attribution *share, Text *out)
{
    const double micro = 1e-6;
    ShareOrder order[SHAPLEY_CHANGES_MAX];
    char before[FORMAT_BYTES], after[FORMAT_BYTES];
    text_addf(out, "    %s", compare_share_name(c, share));
    if (!share->is_shared) {
        text_addf(out, ": %s\n", share->reason);
        return;
    }
    format_grouped(share->before_usd, before);
    format_grouped(share->after_usd, after);
    text_addf(out, ": %s to %s\n", before, after);
    for (int i = 0; i < share->n; i++)
        order[i] = (ShareOrder){i, share->micro_usd[i] < 0 ? -share->micro_usd[i] : share->micro_usd[i]};
    qsort(order, (size_t)share->n, sizeof order[0], compare_sizes);
    for (int k = 0; k < share->n; k++) {
        int i = order[k].change;
        add_signed(out, (double)share->micro_usd[i] * micro);
        text_addf(out, "  %s", share->names[i]);
        if (!share->is_exact) {
            char error[FORMAT_BYTES];
            format_grouped(share->error_usd[i], error);
            text_addf(out, " (standard error %s)", error);
        }
        text_add(out, "\n");
    }
    if (share->n > 1) {
        add_signed(out, (double)share->diff_micro_usd * micro);
        text_add(out, "  in all\n");
    }
    if (share->is_merged) text_add(out, "                some changes are counted together\n");
}

static const char *best_name(const Answer *answer)
{
    return answer->best < 0 ? "no option" : answer->resolved->inputs.options[answer->best].name;
}

void comparison_add_text(const Comparison *c, const Style *style, Text *out)
{
    Table inputs = {input_columns, N_OF(input_columns), c->n_rows, c, NULL};
    Table results = {result_columns, N_OF(result_columns), c->difference.n_pairs, c, NULL};
    text_addf(out, "%s against %s\n", c->name_b, c->name_a);
    if (inputs.n_rows == 0) {
        text_add(out, "\n  no input differs\n");
    } else {
        text_add(out, "\n");
        table_add_text(&inputs, style, 2, out);
    }
    text_add(out, "\n");
    table_add_text(&results, style, 2, out);
    bool is_same = strcmp(best_name(c->a), best_name(c->b)) == 0;
    text_addf(out, "  cheapest: %s%s%s\n", best_name(c->a), is_same ? ", in both" : ", then ",
              is_same ? "" : best_name(c->b));
    if (c->difference.n_fields == 0 || c->n_shares == 0) return;
    bool is_exact = true;
    for (int s = 0; s < c->n_shares; s++)
        is_exact = is_exact && (c->shares[s].is_exact || !c->shares[s].is_shared);
    text_addf(
        out,
        "\n  which difference costs what, USD (Shapley: the mean over all orders of making the changes%s)\n",
        is_exact ? "" : "; orders are drawn where there are more than 12");
    for (int s = 0; s < c->n_shares; s++) add_share(c, &c->shares[s], out);
}
