/* What was agreed with a seller, from contracts.csv into an option's contract. Layer: feed.
 *
 * `contract/provider` and `contract/customer` name the rows; those that hold on the day of the prices count.
 * A tier's `usd` is the monthly bill from which its discount holds, a commitment's the spend of a term, a
 * credit's its amount. A credit counts up to the month in which its row ends (`seen_until`).
 */
#include "feed/scenario_doc.h"
#include "tokentco/text.h"

#include <stdlib.h>
#include <string.h>

enum { CONTRACT_ROWS_MAX = 64 };

static bool is_rule(const PriceRow *row, const char *rule)
{
    return strcmp(row->cells[CONP_RULE].text, rule) == 0;
}

/* Tiers by the bill from which they hold, credits by their end; those without one come last. */
static int compare_rows(const void *a, const void *b)
{
    const PriceRow *x = *(const PriceRow *const *)a, *y = *(const PriceRow *const *)b;
    int by_rule = strcmp(x->cells[CONP_RULE].text, y->cells[CONP_RULE].text);
    if (by_rule != 0) return by_rule;
    if (is_rule(x, "credit") && (x->has_end != y->has_end || x->seen_until != y->seen_until))
        return x->has_end != y->has_end ? y->has_end - x->has_end : x->seen_until < y->seen_until ? -1 : 1;
    double p = x->cells[CONP_USD].number, q = y->cells[CONP_USD].number;
    return (p > q) - (p < q);
}

static void add_value(FieldArray *array, double value)
{
    array->values[array->n++] = value;
}

/* Tiers rise from 0: below the first one there is no discount. */
static void add_tier(Contract *found, const PriceRow *row)
{
    if (found->tier_from_usd.n == 0 && row->cells[CONP_USD].number > 0.0) {
        add_value(&found->tier_from_usd, 0.0);
        add_value(&found->tier_discount_frac, 0.0);
    }
    add_value(&found->tier_from_usd, row->cells[CONP_USD].number);
    add_value(&found->tier_discount_frac, row->cells[CONP_DISCOUNT].number);
}

/* Leaves out credits that end before the scenario starts. */
static int drop_spent(const PriceRow **rows, int n, Month start)
{
    int n_kept = 0;
    for (int i = 0; i < n; i++) {
        bool is_spent =
            is_rule(rows[i], "credit") && rows[i]->has_end && month_of_date(rows[i]->seen_until) < start;
        if (!is_spent) rows[n_kept++] = rows[i];
    }
    return n_kept;
}

static void add_credit(Contract *found, const PriceRow *row, const Inputs *inputs)
{
    int last = inputs->horizon_months - 1;
    if (row->has_end && month_of_date(row->seen_until) - inputs->start < last)
        last = month_of_date(row->seen_until) - inputs->start;
    add_value(&found->credit_usd, row->cells[CONP_USD].number);
    add_value(&found->credit_last_month, last);
}

static void set_commitment(Contract *found, const PriceRow *row)
{
    found->commit_usd = row->cells[CONP_USD].number;
    if (row->cells[CONP_MONTHS].has) found->commit_months = (int)row->cells[CONP_MONTHS].number;
    found->commit_discount_frac = row->cells[CONP_DISCOUNT].number;
}

/* The rows that a rule has; NULL: all. */
typedef struct Rows {
    const PriceRow *const *rows;
    int n;
    const char *rule;
} Rows;

/* The first row's place, and what all of them are called. */
static Origin rows_origin(Filling *f, const Rows *rows)
{
    Text names;
    const PriceRow *first = NULL;
    text_init(&names);
    for (int i = 0; i < rows->n; i++) {
        if (rows->rule != NULL && !is_rule(rows->rows[i], rows->rule)) continue;
        text_addf(&names, "%s%s", first != NULL ? ", " : "", rows->rows[i]->cells[CONP_ITEM].text);
        if (first == NULL) first = rows->rows[i];
    }
    Origin origin = {ORIGIN_PRICEBOOK, reference_row_text(f, first, text_str(&names)), first};
    text_free(&names);
    return origin;
}

/* Copies fields of `found` that belong together, unless the scenario wrote one of them. */
static void take(Filling *f, const Contract *found, const Rows *rows, const char *const *names)
{
    for (const char *const *name = names; *name != NULL; name++)
        if (reference_is_written(f, GROUP_CONTRACT, *name)) return;
    const GroupRow *group = &input_groups[GROUP_CONTRACT];
    const Origin origin = rows_origin(f, rows);
    for (const char *const *name = names; *name != NULL; name++) {
        field_copy(field_find(group->rows, group->n_rows, *name), found, &f->option->contract);
        *reference_origin(f, GROUP_CONTRACT, *name) = origin;
    }
}

/* The choice that all rows agree on; left empty, it stays the field's default. */
static bool find_covers(Filling *f, const PriceRow *const *rows, int n, Contract *found)
{
    const GroupRow *group = &input_groups[GROUP_CONTRACT];
    const char *first = rows[0]->cells[CONP_COVERS].text;
    for (int i = 1; i < n; i++) {
        if (strcmp(rows[i]->cells[CONP_COVERS].text, first) == 0) continue;
        reference_block(f, "contract/provider: %s covers '%.16s' and %s '%.16s'; an option has one contract",
                        rows[0]->cells[CONP_ITEM].text, first, rows[i]->cells[CONP_ITEM].text,
                        rows[i]->cells[CONP_COVERS].text);
        return false;
    }
    Err err = {0};
    if (first[0] == '\0' ||
        field_set_text(field_find(group->rows, group->n_rows, "covers"), found, first, &err))
        return true;
    reference_block(f, "contract/covers from %.60s: %.100s", rows[0]->cells[CONP_ITEM].text, err.text);
    return false;
}

static void take_rows(Filling *f, const PriceRow *const *rows, int n)
{
    static const char *const
        tiers[] = {"tier_from_usd", "tier_discount_frac", NULL},
        *const commitment[] = {"commit_usd", "commit_months", "commit_discount_frac", NULL},
        *const credits[] = {"credit_usd", "credit_last_month", NULL}, *const covers[] = {"covers", NULL};
    Contract found = f->option->contract;
    found.tier_from_usd.n = found.tier_discount_frac.n = 0;
    found.credit_usd.n = found.credit_last_month.n = 0;
    const PriceRow *committed = NULL;
    bool has_tier = false, has_credit = false;
    if (!find_covers(f, rows, n, &found)) return;
    for (int i = 0; i < n; i++) {
        if (is_rule(rows[i], "tier")) {
            add_tier(&found, rows[i]);
            has_tier = true;
        } else if (is_rule(rows[i], "credit")) {
            add_credit(&found, rows[i], &f->r->out->inputs);
            has_credit = true;
        } else if (committed != NULL) {
            reference_block(f, "contract/provider: two commitments hold, %.60s and %.60s; write commit_usd",
                            committed->cells[CONP_ITEM].text, rows[i]->cells[CONP_ITEM].text);
        } else {
            set_commitment(&found, committed = rows[i]);
        }
    }
    take(f, &found, &(Rows){rows, n, NULL}, covers);
    if (has_tier) take(f, &found, &(Rows){rows, n, "tier"}, tiers);
    if (committed != NULL) take(f, &found, &(Rows){rows, n, "commitment"}, commitment);
    if (has_credit) take(f, &found, &(Rows){rows, n, "credit"}, credits);
}

void fill_contract(Filling *f, PriceBook *book)
{
    const Contract *contract = &f->option->contract;
    if (contract->provider[0] == '\0') {
        if (contract->customer[0] != '\0')
            reference_block(f, "contract/provider is missing: whose contract with '%.60s'?",
                            contract->customer);
        return;
    }
    const char *keys[] = {pricebook_resolve(book, "provider", contract->provider),
                          contract->customer[0] != '\0' ? contract->customer : "any"};
    const PriceRow *rows[CONTRACT_ROWS_MAX], *ended = NULL;
    int n = pricebook_list(book, PRICE_CONTRACTS, keys, 2, f->r->out->as_of, rows, CONTRACT_ROWS_MAX);
    if (n == 0) {
        char until[16] = "";
        (void)pricebook_find(book, PRICE_CONTRACTS, keys, 2, f->r->out->as_of, -1, &ended);
        if (ended != NULL) date_format(ended->seen_until, until);
        reference_block(f,
                        "contract/provider: contracts.csv has nothing of '%.40s' for '%.40s' on the day%s%s",
                        keys[0], keys[1], ended != NULL ? "; it ended on " : "", until);
    } else if (n > CONTRACT_ROWS_MAX) {
        reference_block(f, "contract/provider: more than %d rows of '%.40s' for '%.40s'", CONTRACT_ROWS_MAX,
                        keys[0], keys[1]);
    } else {
        n = drop_spent(rows, n, f->r->out->inputs.start);
        qsort(rows, (size_t)n, sizeof *rows, compare_rows);
        if (n > 0) take_rows(f, rows, n);
    }
}
