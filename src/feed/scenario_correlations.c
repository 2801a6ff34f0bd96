/* How uncertain inputs go together (E49, E50). Layer: feed. */
#include "feed/scenario_uncertain.h"

#include <math.h>
#include <string.h>

static int find_item(const Uncertainty *all, const char *pointer)
{
    for (int i = 0; pointer != NULL && i < all->n; i++)
        if (strcmp(all->items[i].pointer, pointer) == 0) return i;
    return -1;
}

static void add_correlation(Resolving *r, const char *place, int a, int b, double rank)
{
    Uncertainty *all = &r->out->uncertainty;
    for (int c = 0; c < all->n_correlations; c++) {
        const Correlation *known = &all->correlations[c];
        if ((known->a == a && known->b == b) || (known->a == b && known->b == a)) {
            resolve_fault(r, place, "says again how %s and %s go together", all->items[a].pointer,
                          all->items[b].pointer);
            return;
        }
    }
    all->correlations[all->n_correlations++] = (Correlation){a, b, rank};
}

static void read_correlation(Resolving *r, const json_t *value, size_t index)
{
    char place[64];
    snprintf(place, sizeof place, "/correlations/%zu", index);
    const json_t *pair = json_object_get(value, "between");
    int items[2] = {-1, -1};
    double rank = 0.0;
    if (!json_is_object(value) || json_array_size(pair) != 2 || json_object_size(value) > 3 ||
        json_object_size(value) < 2 ||
        (json_object_size(value) == 3 && json_object_get(value, "note") == NULL)) {
        resolve_fault(r, place,
                      "must be {\"between\": [POINTER, POINTER], \"rank\": NUMBER} and may have a note");
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        const char *pointer = json_string_value(json_array_get(pair, i));
        items[i] = find_item(&r->out->uncertainty, pointer);
        /* An entry that no option reads is there, but is not drawn. */
        const json_t *entries = json_object_get(r->scenario->root, "uncertain");
        if (items[i] < 0 && (pointer == NULL || json_object_get(entries, pointer) == NULL))
            resolve_fault(r, place, "'%.100s' is not in `uncertain`", pointer != NULL ? pointer : "");
    }
    bool has_rank = json_in_number(json_object_get(value, "rank"), &rank, NULL);
    if (!has_rank || !(fabs(rank) < 1.0)) resolve_fault(r, place, "rank must be a number between -1 and 1");
    if (items[0] >= 0 && items[0] == items[1]) resolve_fault(r, place, "names the same input twice");
    if (items[0] >= 0 && items[1] >= 0 && items[0] != items[1])
        add_correlation(r, place, items[0], items[1], rank);
}

/* E50: what goes together when a scenario does not say. */
static const struct {
    const char *a, *b;
    double rank;
} default_correlations[] = {
    {"api/decline_per_year", "rent/decline_per_year", 0.5},
    {"requests_per_month", "growth_per_month", 0.2},
    {"efficiency/e_w", "efficiency/e_pf", 0.6},
};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0 && text[n - m - 1] == '/';
}

/* The same workload, the same option; of an API and a GPU any two. */
static bool belong_together(const Uncertain *a, const Uncertain *b)
{
    const FieldRef *x = &a->targets[0].field, *y = &b->targets[0].field;
    return x->group != y->group || x->index == y->index;
}

static void add_default_correlations(Resolving *r)
{
    Uncertainty *all = &r->out->uncertainty;
    for (size_t d = 0; d < sizeof default_correlations / sizeof *default_correlations; d++)
        for (int a = 0; a < all->n; a++)
            for (int b = 0; b < all->n; b++)
                if (ends_with(all->items[a].pointer, default_correlations[d].a) &&
                    ends_with(all->items[b].pointer, default_correlations[d].b) &&
                    belong_together(&all->items[a], &all->items[b]))
                    add_correlation(r, "/correlations", a, b, default_correlations[d].rank);
}

void uncertain_correlate(Resolving *r, const json_t *list)
{
    Uncertainty *all = &r->out->uncertainty;
    bool is_given = list != NULL;
    all->correlations = arena_array(&r->out->arena, UNCERTAIN_MAX * UNCERTAIN_MAX, sizeof *all->correlations);
    if (is_given && !json_is_array(list)) {
        resolve_fault(r, "/correlations", "must be a list, not %s", json_in_type_name(list));
        return;
    }
    size_t n_before = r->errors->n_items + r->errors->n_dropped;
    for (size_t i = 0; i < json_array_size(list); i++) read_correlation(r, json_array_get(list, i), i);
    if (r->errors->n_items + r->errors->n_dropped > n_before) return;
    if (!is_given) add_default_correlations(r);
    int pair = -1;
    while (!uncertainty_correlate(all, &r->out->arena, &pair)) {
        const Correlation *c = &all->correlations[pair];
        if (is_given) {
            resolve_fault(r, "/correlations",
                          "contradict each other: with the others, %s and %s cannot have rank correlation %g",
                          all->items[c->a].pointer, all->items[c->b].pointer, c->rank);
            return;
        }
        /* Defaults that do not fit together are left out one by one. */
        all->correlations[pair] = all->correlations[--all->n_correlations];
    }
}
