/* What a licence allows a scenario to do, as far as licences.csv and the scenario say. Layer: model. */
#include "model/search_space.h"

#include <math.h>
#include <string.h>

/* The most of a figure that grows with the requests, over the horizon. */
static double most_with_requests(const Inputs *inputs, double first)
{
    double requests_first = 0.0, most = 0.0;
    for (int m = 0; m < inputs->horizon_months; m++) {
        double requests = 0.0;
        for (int k = 0; k < inputs->n_workloads; k++) requests += workload_requests(inputs, k, m);
        if (m == 0) requests_first = requests;
        most = fmax(most, requests);
    }
    return requests_first > 0.0 ? first * fmax(1.0, most / requests_first) : first;
}

/* The most users of the horizon: those of the licence, or those of the scenario. False: neither is given. */
static bool find_users(const SearchSpace *space, double *users)
{
    const Inputs *inputs = space->base;
    const Licence *licence = &inputs->options[space->rent].licence;
    double growth = pow(1.0 + licence->user_growth_per_month, inputs->horizon_months - 1);
    *users = licence->users * fmax(1.0, growth);
    if (inputs->has_users) *users = fmax(*users, most_with_requests(inputs, inputs->users));
    return *users > 0.0;
}

static bool find_revenue(const SearchSpace *space, double *usd_per_year)
{
    const Inputs *inputs = space->base;
    if (inputs->has_revenue_usd_per_year)
        *usd_per_year = most_with_requests(inputs, inputs->revenue_usd_per_year);
    return inputs->has_revenue_usd_per_year;
}

static LicenceAnswer threshold_answer(const SearchSpace *space, const PriceRow *row)
{
    if (!row->cells[LIC_THRESHOLD].has) return LICENCE_ALLOWS;
    const char *unit = row->cells[LIC_THRESHOLD_UNIT].text;
    double stated = 0.0;
    bool is_known = strcmp(unit, "monthly_active_users") == 0 ? find_users(space, &stated)
                    : strcmp(unit, "usd_per_year") == 0       ? find_revenue(space, &stated)
                                                              : false;
    if (!is_known) return LICENCE_UNCHECKED;
    return stated <= row->cells[LIC_THRESHOLD].number ? LICENCE_ALLOWS : LICENCE_FORBIDS;
}

LicenceAnswer search_licence(const SearchSpace *space, SearchLicence use, const char *name)
{
    if (use == USE_ANY) return LICENCE_ALLOWS;
    const char *keys[] = {name};
    const PriceRow *row =
        name[0] != '\0' ? pricebook_find(space->book, PRICE_LICENCES, keys, 1, space->as_of, -1, NULL) : NULL;
    bool is_allowed = row != NULL && strncmp(row->cells[LIC_COMMERCIAL].text, "yes", 3) == 0 &&
                      (use != USE_HOSTING || strncmp(row->cells[LIC_HOSTING].text, "yes", 3) == 0);
    return is_allowed ? threshold_answer(space, row) : LICENCE_FORBIDS;
}
