/* Prices by month (E20 to E23). Layer: model. Paths hold events and forecasts, as factors by month. */
#include "model/workspace.h"

#include <math.h>

static double path(const OptionInputs *option, PriceSeries series, int m)
{
    return option->price_path[series] != NULL ? option->price_path[series][m] : 1.0;
}

double price_on_demand(const OptionInputs *option, int m)
{
    const Rent *rent = &option->rent;
    return rent->on_demand_usd_per_gpu_h * exp(-rent->decline_per_year * m / 12.0) *
           path(option, SERIES_GPU_RENT, m);
}

double price_reserved(const OptionInputs *option, int m)
{
    int signing = option->rent.reserved_term_months * (m / option->rent.reserved_term_months);
    return (1.0 - option->rent.reserved_discount_frac) * price_on_demand(option, signing);
}

double price_spot(const OptionInputs *option, int m)
{
    const Rent *rent = &option->rent;
    double p = price_on_demand(option, m), q = rent->spot_unavailable_frac;
    double paid = (1.0 - q) * (1.0 - rent->spot_discount_frac) * p * (1.0 + rent->spot_extra_frac) + q * p;
    return paid / (1.0 - rent->spot_interruptions_per_h * rent->spot_recovery_h);
}

double price_api_factor(const OptionInputs *option, int m)
{
    int every = option->api.migrate_every_months;
    int last_move = m / every * every;
    return exp(-option->api.decline_per_year * last_move / 12.0) * path(option, SERIES_API, m);
}
