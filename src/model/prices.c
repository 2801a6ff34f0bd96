/* Prices by month (E20 to E23, E33). Layer: model.
 *
 * A level, which an event set, takes the place of the base figure and its decline counts from there; a path
 * holds the factors of events and forecasts.
 */
#include "model/workspace.h"

#include <math.h>

static double path(const OptionInputs *option, PriceSeries series, int m)
{
    return option->price_path[series] != NULL ? option->price_path[series][m] : 1.0;
}

static const Level *level_at(const OptionInputs *option, PriceSeries series, int m)
{
    const Level *levels = option->price_level[series];
    return levels != NULL && levels[m].is_set ? &levels[m] : NULL;
}

bool is_next_generation(const Fleet *fleet, int m)
{
    return fleet->generation_month > 0 && m >= fleet->generation_month;
}

/* What the next generation costs relative to the present one; a figure that an event set later stands as it
 * is. */
static double generation_factor(const Fleet *fleet, const Level *level, int m)
{
    if (!is_next_generation(fleet, m)) return 1.0;
    return level != NULL && level->since >= fleet->generation_month ? 1.0 : fleet->generation_price_factor;
}

double price_on_demand(const OptionInputs *option, int m)
{
    const Rent *rent = &option->rent;
    const Level *level = level_at(option, SERIES_GPU_RENT, m);
    double base = level != NULL ? level->value : rent->on_demand_usd_per_gpu_h;
    return base * exp(-rent->decline_per_year * (level != NULL ? m - level->since : m) / 12.0) *
           path(option, SERIES_GPU_RENT, m) * generation_factor(&option->fleet, level, m);
}

/* A reservation is signed anew at the end of its term and when the GPUs change. */
double price_reserved(const OptionInputs *option, int m, int from)
{
    int term = option->rent.reserved_term_months, generation = option->fleet.generation_month;
    int signing = from + term * ((m - from) / term);
    if (is_next_generation(&option->fleet, m) && signing < generation) signing = generation;
    return (1.0 - option->rent.reserved_discount_frac) * price_on_demand(option, signing);
}

double price_spot(const OptionInputs *option, int m)
{
    const Rent *rent = &option->rent;
    double p = price_on_demand(option, m), q = rent->spot_unavailable_frac;
    double paid = (1.0 - q) * (1.0 - rent->spot_discount_frac) * p * (1.0 + rent->spot_extra_frac) + q * p;
    return paid / (1.0 - rent->spot_interruptions_per_h * rent->spot_recovery_h);
}

double price_server(const OptionInputs *option, int m)
{
    const Own *own = &option->own;
    const Level *level = level_at(option, SERIES_SERVER, m);
    double base = level != NULL ? level->value : own->server_usd;
    return base * pow(1.0 - own->server_decline_per_year, (level != NULL ? m - level->since : m) / 12.0) *
           path(option, SERIES_SERVER, m) * generation_factor(&option->fleet, level, m);
}

double price_energy(const OptionInputs *option, int m)
{
    const Level *level = level_at(option, SERIES_ENERGY, m);
    return (level != NULL ? level->value : option->own.energy_usd_per_kwh) * path(option, SERIES_ENERGY, m);
}

double price_salary(const OptionInputs *option, int m, const double *wage_growth)
{
    const Level *level = level_at(option, SERIES_WAGE, m);
    double salary = level != NULL ? level->value * wage_growth[m - level->since]
                                  : option->staff.salary_usd_per_year * wage_growth[m];
    return salary * path(option, SERIES_WAGE, m);
}

/* ---- API ---- */

static bool is_retired(const Api *api, int m, int from)
{
    return api->retirement_month > from && m >= api->retirement_month;
}

bool is_retirement_month(const Api *api, int m, int from)
{
    return is_retired(api, m, from) && m == api->retirement_month;
}

/* A forced move is a migration too: the decline so far is collected with it. */
static int last_move(const Api *api, int m, int from)
{
    int every = api->migrate_every_months, move = from + (m - from) / every * every;
    return is_retired(api, m, from) && api->retirement_month > move ? api->retirement_month : move;
}

double price_api_factor(const OptionInputs *option, int m, int from)
{
    return exp(-option->api.decline_per_year * last_move(&option->api, m, from) / 12.0) *
           path(option, SERIES_API, m);
}

/* The price of one kind of token before the factor above. An event's figure stands from its month on: what
 * declined or was moved away from before does not touch it. */
static double token_price(const OptionInputs *option, PriceSeries series, double base, int m, int from)
{
    const Api *api = &option->api;
    const Level *level = level_at(option, series, m);
    double price = (level != NULL ? level->value : base) * path(option, series, m);
    if (level != NULL) {
        int declined = last_move(api, m, from);
        if (declined > level->since) declined = level->since;
        price *= exp(api->decline_per_year * declined / 12.0);
    }
    bool is_gone = api->retirement_month > 0 && m >= api->retirement_month; /* also for who begins after it */
    bool is_new_model = is_gone && (level == NULL || level->since < api->retirement_month);
    return is_new_model ? price * api->retirement_price_factor : price;
}

TokenPrices price_tokens(const OptionInputs *option, int m, int from)
{
    const Api *api = &option->api;
    return (TokenPrices){
        .input_usd_per_mtok = token_price(option, SERIES_API_INPUT, api->input_usd_per_mtok, m, from),
        .cached_usd_per_mtok = token_price(option, SERIES_API_CACHED, api->cached_usd_per_mtok, m, from),
        .output_usd_per_mtok = token_price(option, SERIES_API_OUTPUT, api->output_usd_per_mtok, m, from)};
}
