/* Comparisons of scenarios as CSV and JSON. Layer: view. */
#include "view/compare_rows.h"

#include "view/json_build.h"

#include <string.h>

/* ---- CSV: a row an input, a result, a share ---- */

static const char *const csv_header[] = {
    "first", "other", "what", "option", "name", "before", "after", "change_usd", "standard_error_usd"};

static void begin_row(CsvOut *csv, const Comparison *c, const char *what, const char *option,
                      const char *name)
{
    csv_out_text(csv, c->name_a);
    csv_out_text(csv, c->name_b);
    csv_out_text(csv, what);
    if (option != NULL) {
        csv_out_text(csv, option);
    } else {
        csv_out_null(csv);
    }
    csv_out_text(csv, name);
}

static const char *option_of(const Comparison *c, const FieldDifference *field)
{
    bool is_option = input_groups[field->group].scope == SCOPE_OPTION &&
                     (field->row >= 0 || field->series < N_PRICE_SERIES);
    return is_option ? c->difference.a->options[field->a].name : NULL;
}

static void add_inputs(CsvOut *csv, const Comparison *c)
{
    for (int i = 0; i < c->difference.n_fields; i++) {
        const FieldDifference *field = &c->difference.fields[i];
        char name[256], before[256], after[256];
        compare_place(c, field, name, sizeof name);
        compare_value(c, field, false, before, sizeof before);
        compare_value(c, field, true, after, sizeof after);
        begin_row(csv, c, "input", option_of(c, field), name);
        csv_out_text(csv, before);
        csv_out_text(csv, after);
        csv_out_null(csv);
        csv_out_null(csv);
        csv_out_end_line(csv);
    }
}

static const char *pair_name(const Comparison *c, OptionPair pair)
{
    return pair.a >= 0 ? c->difference.a->options[pair.a].name : c->difference.b->options[pair.b].name;
}

static void number_or_null(CsvOut *csv, const OptionResult *result)
{
    if (result != NULL) {
        csv_out_number(csv, result->npv_usd);
    } else {
        csv_out_null(csv);
    }
}

static void add_results(CsvOut *csv, const Comparison *c)
{
    for (int p = 0; p < c->difference.n_pairs; p++) {
        const OptionResult *a = compare_result(c, p, false), *b = compare_result(c, p, true);
        begin_row(csv, c, "result", pair_name(c, c->difference.pairs[p]), "npv_usd");
        number_or_null(csv, a);
        number_or_null(csv, b);
        if (a != NULL && b != NULL) {
            csv_out_number(csv, b->npv_usd - a->npv_usd);
        } else {
            csv_out_null(csv);
        }
        csv_out_null(csv);
        csv_out_end_line(csv);
    }
}

static void add_shares(CsvOut *csv, const Comparison *c)
{
    for (int s = 0; s < c->n_shares; s++) {
        const Attribution *share = &c->shares[s];
        for (int i = 0; share->is_shared && i < share->n; i++) {
            char money[FORMAT_BYTES];
            compare_money(share->micro_usd[i], money);
            begin_row(csv, c, "share", compare_share_name(c, share), share->names[i]);
            csv_out_null(csv);
            csv_out_null(csv);
            csv_out_decimal(csv, money);
            csv_out_number(csv, share->error_usd[i]);
            csv_out_end_line(csv);
        }
    }
}

void comparisons_add_csv(const Comparison *comparisons, int n, Text *out)
{
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    for (size_t i = 0; i < sizeof csv_header / sizeof csv_header[0]; i++) csv_out_text(&csv, csv_header[i]);
    csv_out_end_line(&csv);
    for (int i = 0; i < n; i++) {
        add_inputs(&csv, &comparisons[i]);
        add_results(&csv, &comparisons[i]);
        add_shares(&csv, &comparisons[i]);
    }
}

/* ---- JSON ---- */

static json_t *json_of_value(const Comparison *c, const FieldDifference *field, bool is_b)
{
    char text[256];
    compare_value(c, field, is_b, text, sizeof text);
    if (field->row < 0) return json_string(text);
    const FieldRow *row = &input_groups[field->group].rows[field->row];
    const Inputs *inputs = is_b ? c->difference.b : c->difference.a;
    const void *group = inputs_group_const(inputs, field->group, is_b ? field->b : field->a);
    if (!field_is_given(row, group)) return json_null();
    bool is_number = row->type == FIELD_NUM || row->type == FIELD_OPT || row->type == FIELD_INT;
    return is_number ? json_number_or_null(field_get(row, group)) : json_string(text);
}

static json_t *json_of_inputs(const Comparison *c)
{
    json_t *list = json_array();
    for (int i = 0; i < c->difference.n_fields; i++) {
        const FieldDifference *field = &c->difference.fields[i];
        char name[256];
        compare_place(c, field, name, sizeof name);
        json_t *object = json_object();
        json_object_set_new(object, "input", json_string(name));
        json_object_set_new(object, "option", json_text_or_null(option_of(c, field)));
        json_object_set_new(object, "before", json_of_value(c, field, false));
        json_object_set_new(object, "after", json_of_value(c, field, true));
        json_object_set_new(object, "counts_as",
                            field->part < 0 ? json_null() : json_string(c->difference.parts[field->part]));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *json_of_result(const OptionResult *result)
{
    if (result == NULL) return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "npv_usd", json_number_or_null(result->npv_usd));
    json_object_set_new(object, "usd_per_mtok",
                        result->has_levelised ? json_number_or_null(result->levelised_usd_per_mtok)
                                              : json_null());
    json_t *categories = json_object();
    for (int k = 0; k < N_CATEGORIES; k++)
        json_object_set_new(categories, cost_categories[k].name,
                            json_number_or_null(result->category_usd[k]));
    json_object_set_new(object, "category_usd", categories);
    return object;
}

static json_t *json_of_results(const Comparison *c)
{
    json_t *list = json_array();
    for (int p = 0; p < c->difference.n_pairs; p++) {
        json_t *object = json_object();
        json_object_set_new(object, "option", json_string(pair_name(c, c->difference.pairs[p])));
        json_object_set_new(object, "before", json_of_result(compare_result(c, p, false)));
        json_object_set_new(object, "after", json_of_result(compare_result(c, p, true)));
        json_array_append_new(list, object);
    }
    return list;
}

static json_t *json_of_share(const Comparison *c, const Attribution *share)
{
    char money[FORMAT_BYTES];
    json_t *object = json_object(), *changes = json_array();
    json_object_set_new(object, "option",
                        share->pair < 0 ? json_null() : json_string(compare_share_name(c, share)));
    json_object_set_new(object, "before_usd",
                        share->has_before ? json_number_or_null(share->before_usd) : json_null());
    json_object_set_new(object, "after_usd",
                        share->has_after ? json_number_or_null(share->after_usd) : json_null());
    json_object_set_new(object, "reason", json_text_or_null(share->reason));
    json_object_set_new(object, "is_exact", share->is_shared ? json_boolean(share->is_exact) : json_null());
    json_object_set_new(object, "is_merged", share->is_shared ? json_boolean(share->is_merged) : json_null());
    compare_money(share->diff_micro_usd, money);
    json_object_set_new(object, "change_usd", share->is_shared ? json_string(money) : json_null());
    for (int i = 0; share->is_shared && i < share->n; i++) {
        json_t *change = json_object();
        compare_money(share->micro_usd[i], money);
        json_object_set_new(change, "name", json_string(share->names[i]));
        json_object_set_new(change, "usd", json_string(money));
        json_object_set_new(change, "standard_error_usd", json_number_or_null(share->error_usd[i]));
        json_array_append_new(changes, change);
    }
    json_object_set_new(object, "changes", changes);
    return object;
}

void comparisons_add_json(const Comparison *comparisons, int n, Text *out)
{
    json_t *root = json_object(), *list = json_array();
    json_object_set_new(root, "schema", json_string("tokentco/compare/1"));
    for (int i = 0; i < n; i++) {
        const Comparison *c = &comparisons[i];
        json_t *object = json_object(), *shares = json_array();
        json_object_set_new(object, "first", json_string(c->name_a));
        json_object_set_new(object, "other", json_string(c->name_b));
        json_object_set_new(object, "inputs", json_of_inputs(c));
        json_object_set_new(object, "results", json_of_results(c));
        for (int s = 0; s < c->n_shares; s++) json_array_append_new(shares, json_of_share(c, &c->shares[s]));
        json_object_set_new(object, "shares", shares);
        json_array_append_new(list, object);
    }
    json_object_set_new(root, "comparisons", list);
    json_add_document(root, out);
}
