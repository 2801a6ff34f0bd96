/* The rows of categories and drivers. Layer: model. */
#include "tokentco/evaluate.h"

const CategoryRow cost_categories[N_CATEGORIES] = {
#define CATEGORY_ROW(id, name, account, service, doc) [CATEGORY_##id] = {name, account, service, doc},
    COST_CATEGORIES(CATEGORY_ROW)
#undef CATEGORY_ROW
};

const DriverRow cost_drivers[N_DRIVERS] = {
#define DRIVER_ROW(id, name, category, timing, unit, formula)                                                \
    [DRIVER_##id] = {name, CATEGORY_##category, TIMING_##timing, unit, formula},
    COST_DRIVERS(DRIVER_ROW)
#undef DRIVER_ROW
};
