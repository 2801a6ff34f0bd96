/* Which history forecasts an uncertain price. Layer: feed. */
#include "feed/scenario_uncertain.h"

#include "tokentco/forecast.h"

#include <string.h>

static void rent_filter(const PriceBook *book, const OptionInputs *option, PriceFilter *out)
{
    out->kind = PRICE_GPU_RENTAL;
    out->keys[RENTAL_GPU] = pricebook_resolve(book, "gpu", option->engine.gpu);
    out->keys[RENTAL_TERM] = "on_demand";
}

static void api_filter(const OptionInputs *option, PriceFilter *out)
{
    out->kind = PRICE_API;
    out->keys[APIP_PROVIDER] = option->api.provider;
}

bool uncertain_forecast(Resolving *r, const char *place, Uncertain *item)
{
    PriceBook *book = r->sources->book;
    const UncertainTarget *first = &item->targets[0];
    const OptionInputs *option = &r->out->inputs.options[first->field.index];
    PriceFilter filter = {0};
    Forecast forecast;
    Err err = {0};
    if (!first->is_series || (first->series != SERIES_GPU_RENT && first->series != SERIES_API)) {
        resolve_fault(r, place,
                      "has no history: a forecast is for rent/on_demand_usd_per_gpu_h or api/prices");
        return false;
    }
    if (book == NULL ||
        !pricebook_need(book, first->series == SERIES_API ? PRICE_API : PRICE_GPU_RENTAL, r->errors))
        return false;
    if (first->series == SERIES_API) {
        api_filter(option, &filter);
    } else {
        rent_filter(book, option, &filter);
    }
    if (!forecast_build(book, &filter, r->out->as_of, &forecast, &err)) {
        resolve_fault(r, place, "cannot be forecast: %s", err.text);
        return false;
    }
    PricePaths *paths = arena_alloc(&r->out->arena, sizeof *paths);
    price_paths_build(&forecast, r->out->inputs.horizon_months, &r->out->arena, paths);
    item->paths = paths;
    return true;
}
