/* The tables of the search: constraints, size classes, fields of a plan; sums over sets. Layer: model. */
#include "tokentco/search.h"

const SearchConstraintRow search_constraints[N_SEARCH_CONSTRAINTS] = {
#define CONSTRAINT_ROW(id, name, is_soft, doc) [SEARCH_##id] = {name, is_soft, doc},
    SEARCH_CONSTRAINTS(CONSTRAINT_ROW)
#undef CONSTRAINT_ROW
};

const SearchClassRow search_classes[N_SEARCH_CLASSES] = {
#define CLASS_ROW(id, name, params) [SEARCH_CLASS_##id] = {name, params},
    SEARCH_CLASSES(CLASS_ROW)
#undef CLASS_ROW
};

const char *const search_privacy_names[N_SEARCH_PRIVACIES] = {
    [PRIVACY_ANY] = "any", [PRIVACY_RENTED] = "rented", [PRIVACY_OWNED] = "owned"};
const char *const search_licence_names[N_SEARCH_LICENCES] = {
    [USE_ANY] = "any", [USE_COMMERCIAL] = "commercial", [USE_HOSTING] = "hosting"};

const FieldRow search_plan_rows[] = {
#define FIELD_GROUP SearchPlan
    SEARCH_PLAN_FIELDS(FIELD_ROW)
#undef FIELD_GROUP
};
const int n_search_plan_rows = (int)(sizeof search_plan_rows / sizeof search_plan_rows[0]);

void search_query_init(SearchQuery *query)
{
    *query = (SearchQuery){
        .licence = USE_COMMERCIAL, .min_class = SEARCH_CLASS_AUTO, .top = SEARCH_TOP_DEFAULT, .n_shards = 1};
}

bool search_plan_is_before(const SearchPlan *a, const SearchPlan *b)
{
    if (a->npv_usd != b->npv_usd) return a->npv_usd < b->npv_usd;
    return a->place < b->place;
}

bool search_is_partial(const SearchResult *result)
{
    return result->n_blocks_done < result->n_blocks;
}

uint64_t search_n_here(const SearchResult *result)
{
    uint64_t sum = 0;
    for (int set = 0; set < SEARCH_SETS; set++) sum += result->by_set[set];
    return sum;
}

uint64_t search_n_feasible(const SearchResult *result)
{
    return result->by_set[0];
}

uint64_t search_n_breaking(const SearchResult *result, SearchConstraint constraint)
{
    uint64_t sum = 0;
    for (int set = 0; set < SEARCH_SETS; set++)
        if ((set >> constraint & 1) != 0) sum += result->by_set[set];
    return sum;
}

uint64_t search_n_breaking_alone(const SearchResult *result, SearchConstraint constraint)
{
    return result->by_set[1 << constraint];
}
