/* Paths of a price over the months of a horizon, as its history forecasts them (tokentco/forecast.h).
 *
 * Layer: model. A path is a factor on today's price in each month, 1 in the first. What chooses it is a
 * quantile of the price at the end of the horizon, so that one number in (0, 1) orders paths from cheap to
 * dear.
 */
#ifndef TOKENTCO_PRICE_PATH_H
#define TOKENTCO_PRICE_PATH_H

#include "tokentco/arena.h"
#include "tokentco/forecast.h"

typedef struct PricePaths {
    int n_months;
    WalkFit fit;
    const double *levels; /* [level * n_months + month]: factors at even steps of the normal scale */
    const double *shifts; /* [n_months]: what the model adds to the logarithm of the walk */
    /* The walk's change up to the last month when k of the months before it jump, [n_months]: */
    const double *log_weights, *means, *variances;
} PricePaths;

/* The tables of a forecast, in the arena. 1 <= n_months <= INPUT_MONTHS_MAX. */
void price_paths_build(const Forecast *forecast, int n_months, Arena *arena, PricePaths *out);

/* The same quantile in every month: smooth, for asking what one level of prices costs. */
void price_path_level(const PricePaths *paths, double prob, double *factors);

/* A path of the walk, months and jumps included, drawn from all those that end at the quantile. It follows
 * from `prob` alone. Drawn for even `prob` in (0, 1), the prices of every month are distributed as the
 * forecast says. */
void price_path_draw(const PricePaths *paths, double prob, double *factors);

#endif
