/* Keeping the best of a search: ranking, fronts, relaxed constraints, size classes. Layer: model. */
#include "model/search_finds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool set_is_costed(unsigned violated)
{
    if ((violated & (violated - 1)) != 0) return false;
    for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++)
        if (violated == 1u << c) return search_constraints[c].is_soft;
    return true;
}

void finds_init(Finds *finds, int top)
{
    *finds = (Finds){.top = top};
}

void finds_free(Finds *finds)
{
    free(finds->ranked.items);
    free(finds->by_latency.items);
    free(finds->by_quality.items);
    *finds = (Finds){0};
}

static bool is_before(const Candidate *a, const Candidate *b)
{
    if (a->npv_usd != b->npv_usd) return a->npv_usd < b->npv_usd;
    return a->place < b->place;
}

/* Puts the candidate at its place in the order. */
static bool list_insert(CandidateList *list, const Candidate *candidate)
{
    if (list->n == list->capacity) {
        int capacity = 32 + 2 * list->capacity;
        Candidate *items = realloc(list->items, (size_t)capacity * sizeof *items);
        if (items == NULL) return false;
        list->items = items;
        list->capacity = capacity;
    }
    int at = list->n;
    while (at > 0 && is_before(candidate, &list->items[at - 1])) at--;
    memmove(&list->items[at + 1], &list->items[at], (size_t)(list->n - at) * sizeof *list->items);
    list->items[at] = *candidate;
    list->n++;
    return true;
}

static void list_remove(CandidateList *list, int at)
{
    list->n--;
    memmove(&list->items[at], &list->items[at + 1], (size_t)(list->n - at) * sizeof *list->items);
}

/* ---- fronts: cost against time per token, cost against score ---- */

typedef bool (*IsAsGood)(const Candidate *a, const Candidate *b);

static bool is_as_fast(const Candidate *a, const Candidate *b)
{
    return a->tpot_s <= b->tpot_s;
}

static bool is_scored_as_high(const Candidate *a, const Candidate *b)
{
    return a->quality >= b->quality;
}

static bool front_wants(const CandidateList *front, const Candidate *candidate, IsAsGood is_as_good)
{
    for (int i = 0; i < front->n && is_before(&front->items[i], candidate); i++)
        if (is_as_good(&front->items[i], candidate)) return false;
    return true;
}

static bool front_add(CandidateList *front, const Candidate *candidate, IsAsGood is_as_good)
{
    if (!front_wants(front, candidate, is_as_good)) return true;
    for (int i = front->n - 1; i >= 0 && !is_before(&front->items[i], candidate); i--)
        if (is_as_good(candidate, &front->items[i])) list_remove(front, i);
    return list_insert(front, candidate);
}

/* ---- the ranking ---- */

static bool ranking_wants(const Finds *finds, const Candidate *candidate)
{
    const CandidateList *list = &finds->ranked;
    return list->n < finds->top || (list->n > 0 && is_before(candidate, &list->items[list->n - 1]));
}

static bool ranking_add(Finds *finds, const Candidate *candidate)
{
    CandidateList *list = &finds->ranked;
    if (!ranking_wants(finds, candidate)) return true;
    for (int i = 0; i < list->n; i++) {
        if (list->items[i].group != candidate->group) continue;
        if (!is_before(candidate, &list->items[i])) return true;
        list_remove(list, i);
        break;
    }
    if (!list_insert(list, candidate)) return false;
    if (list->n > finds->top) list->n = finds->top;
    return true;
}

/* ---- one plan ---- */

static bool slot_wants(bool has, const Candidate *slot, const Candidate *candidate)
{
    return !has || is_before(candidate, slot);
}

/* The constraint that a costed plan breaks; -1 none. */
static int broken(unsigned violated)
{
    for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++)
        if (violated == 1u << c) return c;
    return -1;
}

static bool has_class(const Candidate *candidate)
{
    return candidate->size < N_SEARCH_CLASSES && (candidate->violated & ~SEARCH_BIT(SIZE)) == 0;
}

bool finds_want(const Finds *finds, const Candidate *candidate)
{
    int c = broken(candidate->violated);
    if (c >= 0 && slot_wants(finds->has_relaxed[c], &finds->relaxed[c], candidate)) return true;
    if (has_class(candidate) &&
        slot_wants(finds->has_class[candidate->size], &finds->classes[candidate->size], candidate))
        return true;
    if (candidate->violated != 0) return false;
    if (ranking_wants(finds, candidate)) return true;
    if (candidate->has_tpot && front_wants(&finds->by_latency, candidate, is_as_fast)) return true;
    return candidate->has_quality && front_wants(&finds->by_quality, candidate, is_scored_as_high);
}

static double front_limit_usd(const CandidateList *front, const Candidate *candidate, IsAsGood is_as_good)
{
    for (int i = 0; i < front->n; i++)
        if (is_as_good(&front->items[i], candidate)) return front->items[i].npv_usd;
    return HUGE_VAL;
}

double finds_limit_usd(const Finds *finds, const Candidate *candidate)
{
    int c = broken(candidate->violated);
    double limit = -HUGE_VAL;
    if (c >= 0) limit = finds->has_relaxed[c] ? finds->relaxed[c].npv_usd : HUGE_VAL;
    if (has_class(candidate)) {
        bool has = finds->has_class[candidate->size];
        limit = fmax(limit, has ? finds->classes[candidate->size].npv_usd : HUGE_VAL);
    }
    if (candidate->violated != 0) return limit;
    const CandidateList *ranked = &finds->ranked;
    limit = fmax(limit, ranked->n < finds->top ? HUGE_VAL : ranked->items[ranked->n - 1].npv_usd);
    if (candidate->has_tpot) limit = fmax(limit, front_limit_usd(&finds->by_latency, candidate, is_as_fast));
    if (candidate->has_quality)
        limit = fmax(limit, front_limit_usd(&finds->by_quality, candidate, is_scored_as_high));
    return limit;
}

void finds_add(Finds *finds, const Candidate *candidate)
{
    int c = broken(candidate->violated);
    if (c >= 0 && slot_wants(finds->has_relaxed[c], &finds->relaxed[c], candidate)) {
        finds->relaxed[c] = *candidate;
        finds->has_relaxed[c] = true;
    }
    if (has_class(candidate) &&
        slot_wants(finds->has_class[candidate->size], &finds->classes[candidate->size], candidate)) {
        finds->classes[candidate->size] = *candidate;
        finds->has_class[candidate->size] = true;
    }
    if (candidate->violated != 0) return;
    bool is_ok = ranking_add(finds, candidate);
    if (candidate->has_tpot) is_ok = front_add(&finds->by_latency, candidate, is_as_fast) && is_ok;
    if (candidate->has_quality) is_ok = front_add(&finds->by_quality, candidate, is_scored_as_high) && is_ok;
    if (!is_ok) finds->is_out_of_memory = true;
}

static void add_list(Finds *finds, const CandidateList *list)
{
    for (int i = 0; i < list->n; i++) finds_add(finds, &list->items[i]);
}

void finds_join(Finds *finds, const Finds *other)
{
    for (int i = 0; i < SEARCH_SETS; i++) finds->by_set[i] += other->by_set[i];
    add_list(finds, &other->ranked);
    add_list(finds, &other->by_latency);
    add_list(finds, &other->by_quality);
    for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++)
        if (other->has_relaxed[c]) finds_add(finds, &other->relaxed[c]);
    for (int k = 0; k < N_SEARCH_CLASSES; k++)
        if (other->has_class[k]) finds_add(finds, &other->classes[k]);
    finds->is_out_of_memory = finds->is_out_of_memory || other->is_out_of_memory;
}
