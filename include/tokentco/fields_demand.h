/* What is asked: the scenario's own fields and a workload's.
 *
 * Layer: model. A list is the one place where its fields are written (tokentco/field.h says how); symbols are
 * the names of the method, such as "rent.p_od".
 */
#ifndef TOKENTCO_FIELDS_DEMAND_H
#define TOKENTCO_FIELDS_DEMAND_H

#include "tokentco/field.h"

enum { INPUT_DEGREES_MAX = 16 }; /* parallel degrees that an option may try */
enum { INPUT_WORKLOADS_MAX = 8, INPUT_OPTIONS_MAX = 16, INPUT_MONTHS_MAX = 600, HOURS_PER_WEEK = 168 };
enum { CURRENCY_BYTES = 4 };

/* Hours a month: 8760 / 12. Occurrences of each hour of the week in a month: 730 / 168. */
#define HOURS_PER_MONTH 730.0

#define SCENARIO_FIELDS(_)                                                                                   \
    _(INT, horizon_months, "horizon", "mo", 1, INPUT_MONTHS_MAX, 36, 1, FIELD_FIXED,                         \
      "months that are compared")                                                                            \
    _(NUM, discount_per_year, "discount", "/yr", -0.5, 10, 0.10, 0.01, FIELD_PLAIN, "discount rate")         \
    _(TEXT, unit_name, "", "", 0, 0, 0, 0, FIELD_FIXED,                                                      \
      "what the business counts, for the cost of one: ticket, document, customer")                           \
    _(OPT, units_per_month, "", "/mo", 0, 1e15, 0, 1.25, FIELD_FIXED | FIELD_OPEN_MIN,                       \
      "business units in the first month; they grow with the requests")                                      \
    _(OPT, users, "", "users", 0, 1e12, 0, 1.25, FIELD_FIXED | FIELD_OPEN_MIN,                               \
      "active users in the first month, for the cost of one a month; they grow with the requests")           \
    _(OPT, revenue_usd_per_year, "", "USD/yr", 0, 1e15, 0, 1.25, FIELD_FIXED,                                \
      "yearly revenue with it in the first month, for licences with a threshold; grows with the requests")   \
    _(OPT, budget_usd_per_month, "", "USD/mo", 0, 1e12, 0, 1000, FIELD_FIXED,                                \
      "budget of a month; the first month that costs more is named")                                         \
    _(OPT, budget_usd, "", "USD", 0, 1e13, 0, 1000, FIELD_FIXED,                                             \
      "budget of the whole horizon; the month in which it is used up is named")

#define WORKLOAD_FIELDS(_)                                                                                   \
    _(TEXT, name, "", "", 0, 0, 0, 0, FIELD_FIXED, "what the requests are")                                  \
    _(NUM, requests_per_month, "workload.req0", "req/mo", 0, 1e15, 3e6, 1.25, FIELD_PLAIN,                   \
      "requests in the first month")                                                                         \
    _(NUM, growth_per_month, "workload.growth", "/mo", -0.99, 10, 0.02, 0.005, FIELD_PLAIN,                  \
      "growth of requests from month to month")                                                              \
    _(ARRAY, requests_table, "workload.volume_table", "req/mo", 0, 1e15, 0, 1, FIELD_FIXED,                  \
      "requests by month instead of growth; the last value holds on")                                        \
    _(ARRAY, season, "workload.seasons", "x", 0, 1000, 1, 0.1, FIELD_FIXED,                                  \
      "twelve factors from January, mean 1")                                                                 \
    _(INT, from_month, "workload.begin", "mo", 0, INPUT_MONTHS_MAX, 0, 1, FIELD_FIXED,                       \
      "month in which the requests begin; growth and table count from it")                                   \
    _(INT, until_month, "workload.end", "mo", 0, INPUT_MONTHS_MAX, INPUT_MONTHS_MAX, 1, FIELD_FIXED,         \
      "month from which there are no more requests")                                                         \
    _(NUM, input_tok, "workload.lin", "tok", 0, 1e8, 1155, 1.1, FIELD_OPEN_MIN,                              \
      "mean input tokens of a request")                                                                      \
    _(NUM, output_tok, "workload.lout", "tok", 1, 1e8, 211, 1.1, FIELD_PLAIN,                                \
      "mean output tokens of a request; 1 for embedding or classification")                                  \
    _(NUM, input_cv, "workload.cvi", "x", 0, 100, 0.96, 0.05, FIELD_PLAIN,                                   \
      "coefficient of variation of the input length")                                                        \
    _(NUM, output_cv, "workload.cvo", "x", 0, 100, 0.77, 0.05, FIELD_PLAIN,                                  \
      "coefficient of variation of the output length")                                                       \
    _(NUM, arrival_scv, "workload.ca2", "x", 0, 1e4, 1.2, 0.1, FIELD_PLAIN,                                  \
      "squared coefficient of variation of the time between arrivals")                                       \
    _(CHOICE, profile, "workload.profile", "conversation|coding|flat|custom", 0, 3, 0, 1, FIELD_FIXED,       \
      "shape of the week")                                                                                   \
    _(ARRAY, profile_hours, "workload.week", "x", 0, 1e4, 1, 0.1, FIELD_FIXED,                               \
      "the 168 hours of a custom week, mean 1")                                                              \
    _(NUM, burst, "workload.burst", "x", 1, 1000, 1.16, 0.02, FIELD_PLAIN,                                   \
      "peak minute over mean of its hour")                                                                   \
    _(NUM, cache_hit_frac, "workload.hit", "frac", 0, 1, 0.30, 0.02, FIELD_PLAIN,                            \
      "share of input tokens that a self-hosted prefix cache serves")                                        \
    _(NUM, retry_frac, "workload.retry", "frac", 0, 10, 0.01, 0.005, FIELD_PLAIN,                            \
      "requests sent again, as a share of requests")                                                         \
    _(NUM, slo_ttft_s, "workload.slo_ttft", "s", 0, 1e6, 2.0, 0.1, FIELD_OPEN_MIN,                           \
      "limit of the time to first token")                                                                    \
    _(NUM, slo_tpot_s, "workload.slo_tpot", "s", 0, 1e6, 0.05, 0.005, FIELD_OPEN_MIN,                        \
      "limit of the time per output token")                                                                  \
    _(NUM, slo_miss_frac, "workload.eps", "frac", 0, 1, 0.05, 0.01, FIELD_OPEN_MIN,                          \
      "share of requests that may wait longer than the limit")                                               \
    _(INT, max_context_tok, "workload.max_ctx", "tok", 1, 1000000000, 16384, 1024, FIELD_PLAIN,              \
      "longest context that must fit")                                                                       \
    _(NUM, batch_frac, "workload.batch_frac", "frac", 0, 1, 0, 0.05, FIELD_PLAIN,                            \
      "share of requests that can wait for a quiet hour or a batch price")

typedef struct Workload {
    WORKLOAD_FIELDS(FIELD_DECLARE)
} Workload;

#endif
