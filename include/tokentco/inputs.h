/* Inputs of the cost model: groups of fields, and the validated whole that the evaluator reads.
 *
 * Layer: model. Every list below is the one place where its fields are written (tokentco/field.h says how).
 * `Inputs` is plain data: it is filled by feed, checked, and not changed afterwards; what-if copies change
 * one number of a copy. Symbols are the names of the method (model notation), e.g. "rent.p_od".
 */
#ifndef TOKENTCO_INPUTS_H
#define TOKENTCO_INPUTS_H

#include "tokentco/field.h"
#include "tokentco/parse.h"
#include "tokentco/step.h"

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
    _(ARRAY, season, "", "x", 0, 1000, 1, 0.1, FIELD_FIXED, "twelve factors from January, mean 1")           \
    _(INT, from_month, "", "mo", 0, INPUT_MONTHS_MAX, 0, 1, FIELD_FIXED,                                     \
      "month in which the requests begin; growth and table count from it")                                   \
    _(INT, until_month, "", "mo", 0, INPUT_MONTHS_MAX, INPUT_MONTHS_MAX, 1, FIELD_FIXED,                     \
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
    _(ARRAY, profile_hours, "", "x", 0, 1e4, 1, 0.1, FIELD_FIXED, "the 168 hours of a custom week, mean 1")  \
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

/* What runs, on what. Model and GPU name rows of the price book; shape and accelerator figures override them.
 */
#define ENGINE_FIELDS(_)                                                                                     \
    _(TEXT, model, "engine.model", "", 0, 0, 0, 0, FIELD_FIXED, "model, as named in pricing/models.csv")     \
    _(TEXT, gpu, "engine.gpu", "", 0, 0, 0, 0, FIELD_FIXED,                                                  \
      "accelerator, as named in pricing/accelerators.csv")                                                   \
    _(TEXT, software, "", "", 0, 0, 0, 0, FIELD_FIXED, "serving engine, for calibrated throughput")          \
    _(CHOICE, basis, "", "auto|stated|measured|imported|calibrated|projected", 0, 5, 0, 1, FIELD_FIXED,      \
      "where the throughput comes from; auto takes the best source there is")                                \
    _(TEXT, record, "", "", 0, 0, 0, 0, FIELD_FIXED,                                                         \
      "measurement record to take speeds from: an id, or latest")                                            \
    _(ARRAY, degrees, "engine.g_list", "count", 1, 1024, 1, 1, FIELD_FIXED,                                  \
      "GPUs per replica to choose from; default 1, 2, 4, 8")                                                 \
    _(OPT, measured_prefill_tok_s, "engine.measured.r_pf", "tok/s", 0, 1e12, 0, 1.1, FIELD_OPEN_MIN,         \
      "measured prefill rate, prefill alone")                                                                \
    _(OPT, measured_decode_tok_s, "engine.measured.r_dec", "tok/s", 0, 1e12, 0, 1.1, FIELD_OPEN_MIN,         \
      "measured decode rate of all sequences together, decode alone")                                        \
    _(INT, measured_batch, "engine.measured.B", "count", 1, 1000000, 1, 1, FIELD_PLAIN,                      \
      "sequences that ran while the decode rate was measured")                                               \
    _(NUM, rate_factor, "engine.rate_factor", "x", 0, 100, 1.0, 0.05, FIELD_OPEN_MIN,                        \
      "factor on a replica's request rate: how far it misses what its source says")

typedef struct Engine {
    ENGINE_FIELDS(FIELD_DECLARE)
} Engine;

#define FLEET_FIELDS(_)                                                                                      \
    _(NUM, utilisation_max_frac, "fleet.rho_max", "frac", 0, 1, 0.80, 0.02, FIELD_OPEN_MIN,                  \
      "highest planned utilisation of a replica")                                                            \
    _(INT, replicas_min, "fleet.r_min", "count", 0, 100000, 1, 1, FIELD_PLAIN, "replicas that always run")   \
    _(INT, spares, "fleet.n_spare", "count", 0, 100000, 1, 1, FIELD_PLAIN,                                   \
      "spare replicas on top of the need, when spares are counted")                                          \
    _(CHOICE, spare_rule, "fleet.spare_rule", "count|reliability", 0, 1, 0, 1, FIELD_FIXED,                  \
      "spares as counted, or as many as failures of GPUs ask for")                                           \
    _(NUM, gpu_failures_per_year, "fleet.gpu_failures", "/yr", 0, 1000, 0.17, 0.01, FIELD_PLAIN,             \
      "failures of one GPU that stop its replica")                                                           \
    _(NUM, repair_h, "fleet.repair_h", "h", 0, 8760, 24, 1, FIELD_PLAIN,                                     \
      "hours until a failed GPU is replaced")                                                                \
    _(NUM, spare_miss_frac, "fleet.spare_miss", "frac", 0, 1, 0.001, 0.001, FIELD_OPEN_MIN,                  \
      "share of time in which more replicas may be down than there are spares")                              \
    _(INT, lookahead_h, "fleet.lookahead", "h", 0, 167, 1, 1, FIELD_PLAIN,                                   \
      "hours ahead that hourly scaling provides for")                                                        \
    _(CHOICE, autoscale, "fleet.autoscale", "static|hourly", 0, 1, 1, 1, FIELD_FIXED,                        \
      "fleet for the peak all week, or by the hour")                                                         \
    _(FLAG, scale_to_zero, "fleet.scale_to_zero", "", 0, 1, 0, 1, FIELD_FIXED,                               \
      "no replica at all in a month without requests")                                                       \
    _(INT, instance_gpus, "fleet.instance_gpus", "count", 0, 1000, 0, 1, FIELD_PLAIN,                        \
      "GPUs that are rented together: replicas are packed into whole instances; 0: one by one")              \
    _(NUM, batch_utilisation_frac, "fleet.rho_batch", "frac", 0, 1, 0.85, 0.02, FIELD_OPEN_MIN,              \
      "utilisation up to which batch work fills quiet hours")                                                \
    _(INT, generation_month, "", "mo", 0, INPUT_MONTHS_MAX, 0, 1, FIELD_FIXED,                               \
      "month from which the fleet is of the next generation of GPUs; 0: never")                              \
    _(NUM, generation_rate_factor, "", "x", 0, 1000, 2, 0.1, FIELD_OPEN_MIN,                                 \
      "request rate of a replica of the next generation, relative to before")                                \
    _(NUM, generation_price_factor, "", "x", 0, 1000, 1.5, 0.1, FIELD_PLAIN,                                 \
      "rental and server price of the next generation, relative to the present one at that time")            \
    _(NUM, generation_switch_usd, "", "USD", 0, 1e10, 0, 1000, FIELD_PRICE,                                  \
      "one-off cost of moving to the next generation")

typedef struct Fleet {
    FLEET_FIELDS(FIELD_DECLARE)
} Fleet;

#define RENT_FIELDS(_)                                                                                       \
    _(TEXT, provider, "", "", 0, 0, 0, 0, FIELD_FIXED, "provider, as named in pricing/gpu_rental.csv")       \
    _(TEXT, region, "", "", 0, 0, 0, 0, FIELD_FIXED, "region of the price; empty: any")                      \
    _(TEXT, term, "", "on_demand", 0, 0, 0, 0, FIELD_FIXED,                                                  \
      "term of the listed price: on_demand, spot, marketplace, reserved_12mo, ...")                          \
    _(NUM, on_demand_usd_per_gpu_h, "rent.p_od", "USD/GPU-h", 0, 1e6, 3.00, 1.05,                            \
      FIELD_PRICE | FIELD_NEEDED, "on-demand price in the first month")                                      \
    _(NUM, decline_per_year, "rent.decline", "/yr", -10, 20, 0.15, 0.02, FIELD_PLAIN,                        \
      "exponential decline of the rental price")                                                             \
    _(INT, reserved_replicas, "rent.reserved", "count", 0, 1000000, 0, 1, FIELD_PLAIN,                       \
      "replicas under reservation")                                                                          \
    _(FLAG, reserve_best, "", "", 0, 1, 0, 1, FIELD_FIXED,                                                   \
      "find the cheapest number of reserved replicas instead")                                               \
    _(NUM, reserved_discount_frac, "rent.res_disc", "frac", 0, 1, 0.25, 0.02, FIELD_PLAIN,                   \
      "discount of a reservation on the on-demand price at signing")                                         \
    _(INT, reserved_term_months, "rent.res_term", "mo", 1, INPUT_MONTHS_MAX, 36, 12, FIELD_PLAIN,            \
      "length of a reservation")                                                                             \
    _(NUM, spot_share_frac, "rent.spot_share", "frac", 0, 1, 0, 0.05, FIELD_PLAIN,                           \
      "share of unreserved hours on spot")                                                                   \
    _(NUM, spot_discount_frac, "rent.spot_disc", "frac", 0, 1, 0.50, 0.02, FIELD_PLAIN, "spot discount")     \
    _(NUM, spot_extra_frac, "rent.spot_over", "frac", 0, 100, 0.20, 0.02, FIELD_PLAIN,                       \
      "spot capacity held beyond the need")                                                                  \
    _(NUM, spot_unavailable_frac, "rent.spot_unavail", "frac", 0, 1, 0.10, 0.02, FIELD_PLAIN,                \
      "share of time without spot capacity, bought on demand")                                               \
    _(NUM, spot_interruptions_per_h, "rent.spot_int_rate", "/h", 0, 100, 0.005, 0.001, FIELD_PLAIN,          \
      "interruptions of a spot GPU")                                                                         \
    _(NUM, spot_recovery_h, "rent.spot_trec", "h", 0, 100, 0.20, 0.05, FIELD_PLAIN,                          \
      "time lost at an interruption")

typedef struct Rent {
    RENT_FIELDS(FIELD_DECLARE)
} Rent;

#define OWN_FIELDS(_)                                                                                        \
    _(NUM, server_usd, "own.capex", "USD", 0, 1e10, 300000, 1.05, FIELD_PRICE | FIELD_NEEDED,                \
      "price of one server in the first month")                                                              \
    _(NUM, server_decline_per_year, "own.capex_decline", "/yr", -10, 0.999999, 0.15, 0.02, FIELD_PLAIN,      \
      "yearly fall of the server price")                                                                     \
    _(INT, server_gpus, "own.srv_gpus", "count", 1, 100000, 8, 1, FIELD_FIXED, "GPUs in a server")           \
    _(NUM, server_setup_usd, "own.setup", "USD", 0, 1e9, 20000, 1.1, FIELD_PRICE,                            \
      "racking and cabling of one server")                                                                   \
    _(NUM, server_kw, "own.kw", "kW", 0, 1e4, 10.2, 0.1, FIELD_PLAIN, "rated power of one server")           \
    _(NUM, load_frac, "own.load", "frac", 0, 1, 0.70, 0.05, FIELD_PLAIN,                                     \
      "mean draw as a share of rated power")                                                                 \
    _(NUM, pue, "own.pue", "x", 1, 10, 1.35, 0.05, FIELD_PLAIN, "facility power over IT power")              \
    _(NUM, energy_usd_per_kwh, "own.kwh", "USD/kWh", 0, 100, 0.10, 0.01, FIELD_PRICE,                        \
      "price of electricity")                                                                                \
    _(NUM, colocation_usd_per_kw_month, "own.colo_kw", "USD/kW-mo", 0, 1e5, 180, 5, FIELD_PRICE,             \
      "colocation per rated kW")                                                                             \
    _(NUM, maintenance_per_year, "own.maint", "/yr", 0, 10, 0.05, 0.01, FIELD_PLAIN,                         \
      "maintenance as a share of purchases")                                                                 \
    _(NUM, residual_decay_per_year, "own.resid_decay", "/yr", -10, 100, 0.40, 0.05, FIELD_PLAIN,             \
      "exponential loss of resale value")                                                                    \
    _(INT, book_life_months, "own.life_months", "mo", 1, INPUT_MONTHS_MAX, 48, 12, FIELD_PLAIN,              \
      "depreciation life for the books; not in NPV")                                                         \
    _(NUM, financed_frac, "", "frac", 0, 1, 0, 0.1, FIELD_PLAIN,                                             \
      "share of purchases and set-up that a loan pays")                                                      \
    _(NUM, loan_rate_per_year, "", "/yr", 0, 10, 0.08, 0.01, FIELD_PLAIN,                                    \
      "effective yearly rate of the loan")                                                                   \
    _(INT, loan_months, "", "mo", 1, INPUT_MONTHS_MAX, 36, 12, FIELD_PLAIN,                                  \
      "months over which a loan is paid back")

typedef struct Own {
    OWN_FIELDS(FIELD_DECLARE)
} Own;

#define API_FIELDS(_)                                                                                        \
    _(TEXT, provider, "", "", 0, 0, 0, 0, FIELD_FIXED, "vendor, as named in pricing/api_prices.csv")         \
    _(TEXT, model, "", "", 0, 0, 0, 0, FIELD_FIXED, "model, as named in pricing/api_prices.csv")             \
    _(TEXT, tier, "", "base", 0, 0, 0, 0, FIELD_FIXED,                                                       \
      "tier of the listed price: base, priority, ..., or the name of a private quote in the overlay")        \
    _(NUM, input_usd_per_mtok, "api.p_in", "USD/Mtok", 0, 1e6, 1.00, 1.05, FIELD_PRICE | FIELD_NEEDED,       \
      "price of input tokens")                                                                               \
    _(NUM, cached_usd_per_mtok, "api.p_cached", "USD/Mtok", 0, 1e6, 0.10, 1.05, FIELD_PRICE,                 \
      "price of input tokens read from the vendor's cache")                                                  \
    _(NUM, output_usd_per_mtok, "api.p_out", "USD/Mtok", 0, 1e6, 5.00, 1.05, FIELD_PRICE | FIELD_NEEDED,     \
      "price of output tokens")                                                                              \
    _(NUM, cache_hit_frac, "api.hit", "frac", 0, 1, 0.30, 0.02, FIELD_PLAIN,                                 \
      "share of input tokens that the vendor bills as cached")                                               \
    _(NUM, batch_discount_frac, "api.batch_disc", "frac", 0, 1, 0.50, 0.05, FIELD_PLAIN,                     \
      "discount on batch requests")                                                                          \
    _(NUM, volume_discount_frac, "api.vol_disc", "frac", 0, 1, 0, 0.02, FIELD_PLAIN,                         \
      "negotiated discount on all tokens")                                                                   \
    _(NUM, min_commit_usd_per_month, "api.min_commit", "USD/mo", 0, 1e12, 0, 1000, FIELD_PRICE,              \
      "least bill of a month")                                                                               \
    _(NUM, output_multiplier, "api.out_mult", "x", 0, 1000, 1.0, 0.1, FIELD_PLAIN,                           \
      "billed over visible output tokens (hidden reasoning)")                                                \
    _(NUM, tokenizer_ratio, "api.tok_ratio", "x", 0, 100, 1.0, 0.02, FIELD_OPEN_MIN,                         \
      "vendor's tokens per token of the workload")                                                           \
    _(NUM, decline_per_year, "api.decline", "/yr", -10, 20, 0, 0.1, FIELD_PLAIN,                             \
      "fall of the price at constant quality, collected at migrations")                                      \
    _(INT, migrate_every_months, "api.migrate_every", "mo", 1, INPUT_MONTHS_MAX, 18, 1, FIELD_PLAIN,         \
      "months between migrations to the vendor's next model")                                                \
    _(INT, retirement_month, "", "mo", 0, INPUT_MONTHS_MAX, 0, 1, FIELD_FIXED,                               \
      "month in which the vendor retires the model and a move is forced; 0: never")                          \
    _(NUM, retirement_usd, "", "USD", 0, 1e9, 8000, 1.1, FIELD_PRICE, "work of the forced move")             \
    _(NUM, retirement_price_factor, "", "x", 0, 1000, 1, 0.1, FIELD_PLAIN,                                   \
      "prices of the model moved to, relative to those of the retired one")

typedef struct Api {
    API_FIELDS(FIELD_DECLARE)
} Api;

#define STAFF_FIELDS(_)                                                                                      \
    _(TEXT, role, "", "", 0, 0, 0, 0, FIELD_FIXED, "role, as named in pricing/staffing.csv")                 \
    _(TEXT, country, "", "", 0, 0, 0, 0, FIELD_FIXED, "country of the salary")                               \
    _(NUM, salary_usd_per_year, "staff.salary", "USD/yr", 0, 1e8, 170000, 1.05, FIELD_PRICE,                 \
      "base salary of one engineer")                                                                         \
    _(NUM, loaded_factor, "staff.loaded", "x", 1, 10, 1.35, 0.05, FIELD_PLAIN,                               \
      "employer's cost over base salary")                                                                    \
    _(NUM, wage_growth_per_year, "staff.wage_growth", "/yr", -0.9, 10, 0.03, 0.005, FIELD_PLAIN,             \
      "growth of wages")                                                                                     \
    _(NUM, self_base_fte, "staff.self_base", "FTE", 0, 1e5, 0.5, 0.05, FIELD_PLAIN,                          \
      "people that self-hosting needs at any size")                                                          \
    _(NUM, step_fte, "staff.step_fte", "FTE", 0, 1e5, 0.25, 0.05, FIELD_PLAIN,                               \
      "people added per block of GPUs")                                                                      \
    _(INT, step_gpus, "staff.step_gpus", "count", 1, 1000000, 32, 8, FIELD_FIXED, "GPUs in a block")         \
    _(NUM, own_extra_fte, "staff.own_extra", "FTE", 0, 1e5, 0.25, 0.05, FIELD_PLAIN,                         \
      "people added for owned hardware")                                                                     \
    _(NUM, oncall_pool, "staff.pool", "count", 0, 1e5, 8, 1, FIELD_PLAIN,                                    \
      "engineers in the on-call rotation")                                                                   \
    _(NUM, oncall_frac, "staff.oncall_frac", "frac", 0, 1, 0.25, 0.05, FIELD_PLAIN,                          \
      "share of an engineer's time on call")                                                                 \
    _(NUM, oncall_share_frac, "staff.oncall_share", "frac", 0, 1, 0.25, 0.05, FIELD_PLAIN,                   \
      "share of on-call time that this service takes")                                                       \
    _(NUM, min_fte, "staff.min_fte", "FTE", 0, 1e5, 0, 0.5, FIELD_PLAIN,                                     \
      "least staffing, where no rotation exists to join")                                                    \
    _(NUM, api_fte, "staff.api_fte", "FTE", 0, 1e5, 0.25, 0.05, FIELD_PLAIN, "people that an API needs")     \
    _(INT, hiring_lag_months, "", "mo", 0, 60, 0, 1, FIELD_PLAIN,                                            \
      "months before the need that people are hired")                                                        \
    _(NUM, hiring_cost_frac, "", "frac", 0, 10, 0, 0.05, FIELD_PLAIN,                                        \
      "one-off cost of adding a person, as a share of the yearly salary")

typedef struct Staff {
    STAFF_FIELDS(FIELD_DECLARE)
} Staff;

#define NETWORK_FIELDS(_)                                                                                    \
    _(TEXT, provider, "", "", 0, 0, 0, 0, FIELD_FIXED, "provider, as named in pricing/networking.csv")       \
    _(NUM, egress_usd_per_gb, "net.egress", "USD/GB", 0, 100, 0.09, 0.005, FIELD_PRICE,                      \
      "traffic to the internet")                                                                             \
    _(ARRAY, egress_from_gb, "", "GB/mo", 0, 1e15, 0, 1, FIELD_FIXED,                                        \
      "monthly traffic from which each tier of the egress price holds, rising from 0; replaces the single "  \
      "price")                                                                                               \
    _(ARRAY, egress_tier_usd_per_gb, "", "USD/GB", 0, 100, 0, 1, FIELD_PRICE | FIELD_FIXED,                  \
      "egress price of each tier")                                                                           \
    _(NUM, inter_zone_usd_per_gb, "net.inter_az", "USD/GB", 0, 100, 0.02, 0.005, FIELD_PRICE,                \
      "traffic between zones, both ways")                                                                    \
    _(NUM, inter_zone_frac, "net.az_frac", "frac", 0, 1, 0.5, 0.05, FIELD_PLAIN,                             \
      "share of traffic that crosses zones")                                                                 \
    _(NUM, nat_usd_per_gb, "net.nat", "USD/GB", 0, 100, 0.045, 0.005, FIELD_PRICE,                           \
      "traffic through NAT to an API")                                                                       \
    _(NUM, balancer_usd_per_month, "net.lb", "USD/mo", 0, 1e7, 25, 5, FIELD_PRICE, "load balancer")          \
    _(NUM, input_bytes_per_tok, "net.bpt_in", "B/tok", 0, 1e6, 4, 1, FIELD_PLAIN,                            \
      "bytes on the wire per input token")                                                                   \
    _(NUM, output_bytes_per_tok, "net.bpt_out", "B/tok", 0, 1e6, 200, 10, FIELD_PLAIN,                       \
      "bytes on the wire per output token (streamed chunks)")

typedef struct Network {
    NETWORK_FIELDS(FIELD_DECLARE)
} Network;

#define OPERATIONS_FIELDS(_)                                                                                 \
    _(NUM, setup_self_usd, "misc.setup_self", "USD", 0, 1e10, 40000, 1.1, FIELD_PRICE,                       \
      "set-up of self-hosting")                                                                              \
    _(NUM, setup_api_usd, "misc.setup_api", "USD", 0, 1e10, 8000, 1.1, FIELD_PRICE, "set-up of an API")      \
    _(NUM, evaluation_self_usd_per_month, "misc.eval_month_self", "USD/mo", 0, 1e9, 500, 50, FIELD_PRICE,    \
      "evaluation runs, self-hosted")                                                                        \
    _(NUM, evaluation_api_usd_per_month, "misc.eval_month_api", "USD/mo", 0, 1e9, 500, 50, FIELD_PRICE,      \
      "evaluation runs, API")                                                                                \
    _(INT, upgrade_every_months, "misc.upgrade_every", "mo", 1, INPUT_MONTHS_MAX, 6, 1, FIELD_PLAIN,         \
      "months between checkpoint upgrades")                                                                  \
    _(NUM, upgrade_usd, "misc.upgrade_fixed", "USD", 0, 1e9, 12000, 1.1, FIELD_PRICE, "work of one upgrade") \
    _(NUM, ab_gpu_frac, "misc.ab_frac", "frac", 0, 10, 0.10, 0.02, FIELD_PLAIN,                              \
      "GPUs of an A/B run as a share of the peak fleet")                                                     \
    _(NUM, ab_days, "misc.ab_days", "d", 0, 365, 7, 1, FIELD_PLAIN, "days of an A/B run")                    \
    _(NUM, api_migrate_usd, "misc.api_migrate_fixed", "USD", 0, 1e9, 8000, 1.1, FIELD_PRICE,                 \
      "work of one migration to the vendor's next model")                                                    \
    _(NUM, security_self_usd_per_month, "misc.sec_self", "USD/mo", 0, 1e9, 2500, 100, FIELD_PRICE,           \
      "security and compliance, self-hosted")                                                                \
    _(NUM, security_api_usd_per_month, "misc.sec_api", "USD/mo", 0, 1e9, 1000, 100, FIELD_PRICE,             \
      "security and compliance, API")                                                                        \
    _(NUM, optionality_setup_usd, "misc.opt_setup", "USD", 0, 1e10, 0, 1000, FIELD_PRICE,                    \
      "making a second model family ready")                                                                  \
    _(NUM, optionality_usd_per_month, "misc.opt_month", "USD/mo", 0, 1e9, 0, 100, FIELD_PRICE,               \
      "keeping a second model family ready")                                                                 \
    _(NUM, log_sample_frac, "misc.log_sample", "frac", 0, 1, 0.1, 0.05, FIELD_PLAIN,                         \
      "share of requests that are logged")                                                                   \
    _(INT, log_retain_months, "misc.log_retain_months", "mo", 0, INPUT_MONTHS_MAX, 3, 1, FIELD_PLAIN,        \
      "months that logs are kept")                                                                           \
    _(NUM, log_usd_per_gb, "misc.log_gb_price", "USD/GB", 0, 1000, 0.5, 0.05, FIELD_PRICE,                   \
      "taking in one GB of logs")                                                                            \
    _(NUM, storage_usd_per_gb_month, "misc.storage_gb_price", "USD/GB-mo", 0, 100, 0.023, 0.001,             \
      FIELD_PRICE, "object storage")                                                                         \
    _(NUM, weight_copies, "misc.weight_copies", "count", 0, 1000, 3, 1, FIELD_PLAIN,                         \
      "stored copies of the weights")                                                                        \
    _(NUM, host_monitoring_usd_per_month, "misc.host_obs", "USD/mo", 0, 1e6, 40, 5, FIELD_PRICE,             \
      "monitoring per host of eight GPUs")

typedef struct Operations {
    OPERATIONS_FIELDS(FIELD_DECLARE)
} Operations;

#define LICENCE_FIELDS(_)                                                                                    \
    _(CHOICE, mode, "licence.mode", "none|continuous|release", 0, 2, 0, 1, FIELD_FIXED,                      \
      "when the user threshold is looked at: never, every month, at releases")                               \
    _(CHOICE, policy, "licence.policy", "fee|migrate|freeze", 0, 2, 0, 1, FIELD_FIXED,                       \
      "what follows a crossing")                                                                             \
    _(NUM, threshold_users, "licence.threshold", "users", 0, 1e12, 7e8, 1.1, FIELD_PLAIN,                    \
      "monthly active users that the licence allows")                                                        \
    _(NUM, users, "licence.mau0", "users", 0, 1e12, 0, 1.1, FIELD_PLAIN,                                     \
      "monthly active users in the first month")                                                             \
    _(NUM, user_growth_per_month, "licence.mau_growth", "/mo", -0.99, 10, 0, 0.01, FIELD_PLAIN,              \
      "growth of users from month to month")                                                                 \
    _(NUM, fee_usd_per_month, "licence.fee_month", "USD/mo", 0, 1e10, 0, 1000, FIELD_PRICE,                  \
      "licence fee after a crossing")                                                                        \
    _(NUM, switch_usd, "licence.switch_cost", "USD", 0, 1e10, 0, 1000, FIELD_PRICE,                          \
      "one-off cost of moving to another model")                                                             \
    _(NUM, switch_rate_factor, "licence.perf_ratio", "x", 0, 100, 1.0, 0.05, FIELD_OPEN_MIN,                 \
      "request rate of a replica after the move, relative to before")                                        \
    _(NUM, freeze_usd_per_month, "licence.freeze_month", "USD/mo", 0, 1e10, 0, 1000, FIELD_PRICE,            \
      "quality debt while upgrades are frozen")

typedef struct Licence {
    LICENCE_FIELDS(FIELD_DECLARE)
} Licence;

/* What self-hosting may need besides (E73); nothing by default. */
#define EXTRAS_FIELDS(_)                                                                                     \
    _(NUM, guardrail_usd_per_mtok, "", "USD/Mtok", 0, 1e6, 0, 0.01, FIELD_PRICE,                             \
      "checking of all tokens by a guardrail that is paid by token")                                         \
    _(NUM, guardrail_rate_frac, "", "frac", 0, 0.99, 0, 0.01, FIELD_PLAIN,                                   \
      "share of a replica's request rate that a guardrail on its GPUs takes")                                \
    _(NUM, drift_sample_frac, "", "frac", 0, 1, 0, 0.01, FIELD_PLAIN,                                        \
      "share of tokens that drift monitoring scores")                                                        \
    _(NUM, drift_usd_per_mtok, "", "USD/Mtok", 0, 1e6, 0, 0.1, FIELD_PRICE, "scoring of sampled tokens")     \
    _(NUM, registry_usd_per_month, "", "USD/mo", 0, 1e7, 0, 10, FIELD_PRICE,                                 \
      "registry of container images and weights")                                                            \
    _(NUM, finetune_gpu_h_per_quarter, "", "GPU-h", 0, 1e9, 0, 10, FIELD_PLAIN,                              \
      "fine-tuning runs, on rented GPUs in every third month")                                               \
    _(INT, edge_sites, "", "count", 0, 1000000, 0, 1, FIELD_PLAIN, "sites with a box of their own")          \
    _(NUM, edge_site_usd, "", "USD", 0, 1e9, 0, 1000, FIELD_PRICE,                                           \
      "box of one site, bought in the first month")                                                          \
    _(NUM, edge_site_kw, "", "kW", 0, 1e4, 0, 0.1, FIELD_PLAIN, "mean draw of one site's box")               \
    _(NUM, edge_usd_per_kwh, "", "USD/kWh", 0, 100, 0.15, 0.01, FIELD_PRICE,                                 \
      "price of electricity at the sites")                                                                   \
    _(NUM, edge_visits_per_year, "", "/yr", 0, 1e4, 0, 1, FIELD_PLAIN, "visits to a site in a year")         \
    _(NUM, edge_visit_usd, "", "USD", 0, 1e6, 0, 50, FIELD_PRICE, "one visit to a site")

typedef struct Extras {
    EXTRAS_FIELDS(FIELD_DECLARE)
} Extras;

/* A hybrid serves a base load on rented GPUs and sends the rest to an API (E68). Its routes work together:
 * first long requests leave, then the split, and a share of what the fleet served is asked again. */
#define HYBRID_FIELDS(_)                                                                                     \
    _(CHOICE, split, "hybrid.split", "share|peak|both", 0, 2, 0, 1, FIELD_FIXED,                             \
      "what goes to the API: a share of every hour, what is beyond the fleet, or both")                      \
    _(NUM, api_share_frac, "hybrid.share", "frac", 0, 1, 0.1, 0.05, FIELD_PLAIN,                             \
      "share of the requests that goes to the API, when split by share or both")                             \
    _(INT, replicas_cap, "hybrid.cap", "count", 0, 10000, 1, 1, FIELD_PLAIN,                                 \
      "most replicas of the fleet, without spares, when split by peak or both")                              \
    _(FLAG, split_best, "hybrid.best", "", 0, 1, 0, 1, FIELD_FIXED,                                          \
      "find the cheapest number of replicas instead, when split by peak or both")                            \
    _(NUM, long_context_tok, "hybrid.long", "tok", 0, 1e9, 0, 1024, FIELD_PLAIN,                             \
      "requests with more input tokens go to the API, input lengths taken as lognormal; 0: none")            \
    _(NUM, fallback_frac, "hybrid.fallback", "frac", 0, 1, 0, 0.01, FIELD_PLAIN,                             \
      "share of the requests that the fleet served which the API must serve again")

typedef struct Hybrid {
    HYBRID_FIELDS(FIELD_DECLARE)
} Hybrid;

/* A small model serves every request, and a share of them is asked again of a large one (E64). Both are
 * options of the scenario, with all their costs; mark them as `part` when they are no candidates of their
 * own. */
#define CASCADE_FIELDS(_)                                                                                    \
    _(TEXT, small, "", "", 0, 0, 0, 0, FIELD_FIXED, "option that serves every request first")                \
    _(TEXT, large, "", "", 0, 0, 0, 0, FIELD_FIXED, "option that the hard requests are passed on to")        \
    _(NUM, escalate_frac, "cascade.escalate", "frac", 0, 1, 0.2, 0.02, FIELD_PLAIN,                          \
      "share of the requests that is passed on")

typedef struct Cascade {
    CASCADE_FIELDS(FIELD_DECLARE)
} Cascade;

/* One option after another: a pilot on an API, then a fleet, then a hybrid. Set-up, purchases, reservations
 * and migrations of an option count from the month in which it begins. */
#define PLAN_FIELDS(_)                                                                                       \
    _(TEXT, first, "", "", 0, 0, 0, 0, FIELD_FIXED, "option to begin with")                                  \
    _(TEXT, second, "", "", 0, 0, 0, 0, FIELD_FIXED, "option to move to")                                    \
    _(TEXT, third, "", "", 0, 0, 0, 0, FIELD_FIXED, "option to move to after that; empty: none")             \
    _(INT, second_from_month, "plan.second_from", "mo", 0, INPUT_MONTHS_MAX, 12, 1, FIELD_PLAIN,             \
      "month from which the second option serves; at or beyond the horizon: never")                          \
    _(INT, third_from_month, "plan.third_from", "mo", 0, INPUT_MONTHS_MAX, 24, 1, FIELD_PLAIN,               \
      "month from which the third option serves; at or beyond the horizon: never")                           \
    _(FLAG, find_months, "plan.find", "", 0, 1, 0, 1, FIELD_FIXED,                                           \
      "find the cheapest months to move instead")                                                            \
    _(INT, overlap_months, "plan.overlap", "mo", 0, 60, 0, 1, FIELD_PLAIN,                                   \
      "months after a move in which the option that is left still runs in full")                             \
    _(NUM, switch_usd, "plan.switch", "USD", 0, 1e10, 0, 1000, FIELD_PRICE, "one-off cost of each move")

typedef struct Plan {
    PLAN_FIELDS(FIELD_DECLARE)
} Plan;

/* What was agreed with the seller: discounts by volume, a commitment, credits. They count on the month's
 * bills for GPUs and tokens, in this order: tiers, commitment, credits. Nothing by default. */
#define CONTRACT_FIELDS(_)                                                                                   \
    _(CHOICE, covers, "contract.covers", "both|api|gpus", 0, 2, 0, 1, FIELD_FIXED,                           \
      "bills that the contract is about: tokens, rented GPUs, or both together")                             \
    _(ARRAY, tier_from_usd, "contract.tier_from", "USD/mo", 0, 1e12, 0, 1, FIELD_PRICE | FIELD_FIXED,        \
      "monthly bill from which each tier of the discount holds, rising from 0")                              \
    _(ARRAY, tier_discount_frac, "contract.tier_disc", "frac", 0, 1, 0, 0.05, FIELD_FIXED,                   \
      "discount of each tier, on the part of the bill that lies in it")                                      \
    _(NUM, commit_usd, "contract.commit", "USD", 0, 1e13, 0, 1000, FIELD_PRICE,                              \
      "spend that is committed for each term; what is missing at its end is paid")                           \
    _(INT, commit_months, "contract.commit_term", "mo", 1, INPUT_MONTHS_MAX, 12, 1, FIELD_PLAIN,             \
      "length of a term")                                                                                    \
    _(NUM, commit_discount_frac, "contract.commit_disc", "frac", 0, 1, 0, 0.02, FIELD_PLAIN,                 \
      "discount that the commitment buys")                                                                   \
    _(ARRAY, credit_usd, "contract.credit", "USD", 0, 1e12, 0, 1, FIELD_PRICE | FIELD_FIXED,                 \
      "credits that pay bills; those that end first are used first")                                         \
    _(ARRAY, credit_last_month, "contract.credit_end", "mo", 0, INPUT_MONTHS_MAX, 0, 1, FIELD_FIXED,         \
      "last month in which each credit counts, in the order of credit_usd, not falling")

typedef struct Contract {
    CONTRACT_FIELDS(FIELD_DECLARE)
} Contract;

/* A second model family kept ready to take over: cold (stored, tested) or warm (running as well). */
#define STANDBY_FIELDS(_)                                                                                    \
    _(CHOICE, state, "standby.state", "none|cold|warm", 0, 2, 0, 1, FIELD_FIXED,                             \
      "whether a second model family is kept, and how")                                                      \
    _(NUM, setup_usd, "standby.setup", "USD", 0, 1e10, 15000, 1.1, FIELD_PRICE,                              \
      "making it ready: prompts, evaluation sets, deployment")                                               \
    _(NUM, weights_gb, "standby.weights", "GB", 0, 1e6, 140, 10, FIELD_PLAIN, "its stored weights")          \
    _(NUM, evaluation_usd_per_month, "standby.eval", "USD/mo", 0, 1e9, 250, 10, FIELD_PRICE,                 \
      "evaluation runs that keep it usable")                                                                 \
    _(NUM, fte, "standby.fte", "FTE", 0, 1e5, 0.05, 0.05, FIELD_PLAIN, "people who keep it usable")          \
    _(INT, drill_every_months, "standby.drill_every", "mo", 1, INPUT_MONTHS_MAX, 6, 1, FIELD_PLAIN,          \
      "months between exercises of the switch")                                                              \
    _(NUM, drill_usd, "standby.drill", "USD", 0, 1e9, 2000, 1.1, FIELD_PRICE, "one exercise")                \
    _(INT, warm_gpus, "standby.gpus", "count", 0, 1000000, 2, 1, FIELD_PLAIN,                                \
      "GPUs that run it when it is warm")                                                                    \
    _(OPT, usd_per_gpu_h, "standby.gpu_h", "USD/GPU-h", 0, 1e6, 0, 1.05, FIELD_PRICE,                        \
      "price of those GPUs; without it the option's own on-demand price")

typedef struct Standby {
    STANDBY_FIELDS(FIELD_DECLARE)
} Standby;

/* What is paid today, or a quote: an option of its own that the others are compared with (E70). */
#define BILL_FIELDS(_)                                                                                       \
    _(CHOICE, covers, "", "api|gpus", 0, 1, 0, 1, FIELD_FIXED,                                               \
      "what the bill is for: tokens of an API, or GPUs")                                                     \
    _(ARRAY, usd_by_month, "", "USD/mo", 0, 1e12, 0, 1, FIELD_PRICE | FIELD_FIXED,                           \
      "the bill month by month; the last value holds on")

typedef struct Bill {
    BILL_FIELDS(FIELD_DECLARE)
} Bill;

typedef enum OptionKind {
    OPTION_RENT,
    OPTION_OWN,
    OPTION_API,
    OPTION_HYBRID,
    OPTION_BILL,
    OPTION_CASCADE,
    OPTION_PLAN,
    N_OPTION_KINDS
} OptionKind;
enum {
    KIND_RENT = 1 << OPTION_RENT,
    KIND_OWN = 1 << OPTION_OWN,
    KIND_API = 1 << OPTION_API,
    KIND_HYBRID = 1 << OPTION_HYBRID,
    KIND_BILL = 1 << OPTION_BILL,
    KIND_CASCADE = 1 << OPTION_CASCADE,
    KIND_PLAN = 1 << OPTION_PLAN
};
/* Kinds with a fleet of their own, kinds that buy tokens, and kinds whose cost is computed from the workload.
 */
enum { KIND_SELF = KIND_RENT | KIND_OWN | KIND_HYBRID, KIND_BUYS = KIND_API | KIND_HYBRID };
enum { KIND_SERVES = KIND_SELF | KIND_API, KIND_COMPOSED = KIND_CASCADE | KIND_PLAN };
enum { KIND_ALL = KIND_SERVES | KIND_BILL | KIND_COMPOSED };

const char *option_kind_name(OptionKind kind);

/* Price series that events and forecasts move. A path is a factor for each month on the base price. */
typedef enum PriceSeries {
    SERIES_GPU_RENT,
    SERIES_API,
    SERIES_SERVER,
    SERIES_WAGE,
    SERIES_API_INPUT, /* these three on top of SERIES_API */
    SERIES_API_CACHED,
    SERIES_API_OUTPUT,
    SERIES_ENERGY,
    N_PRICE_SERIES
} PriceSeries;

/* What an event sets a figure to: it takes the place of the base figure from month `since` on, and declines
 * and growth count from there. */
typedef struct Level {
    bool is_set;
    int since;
    double value;
} Level;

/* Where the tokens per second come from, best first. */
typedef enum Basis {
    BASIS_MEASURED,
    BASIS_IMPORTED,
    BASIS_CALIBRATED,
    BASIS_PROJECTED,
    BASIS_STATED,
    N_BASES
} Basis;
const char *basis_name(Basis basis);

typedef struct ThroughputBasis {
    Basis basis;
    char source[128]; /* record, table or file it rests on */
    bool has_band;
    double band_p10, band_p90; /* factors on the request rate */
} ThroughputBasis;

enum { OPTION_PARTS_MAX = 3 };

/* One way of serving the workloads. Groups that its kind does not use keep their defaults. */
typedef struct OptionInputs {
    char name[FIELD_TEXT_BYTES];
    OptionKind kind;
    bool is_part; /* only a part of others: no candidate when options are compared */
    int n_parts;  /* options that this one is composed of; filled by inputs_finish */
    int parts[OPTION_PARTS_MAX];
    bool is_blocked; /* a needed figure is missing: infeasible, with the reason */
    char blocked[256];
    ModelShape shape;
    AccelSpec accelerator;
    Efficiency efficiency;
    ServingSetup serving;
    Engine engine;
    Fleet fleet;
    Rent rent;
    Own own;
    Api api;
    Hybrid hybrid;
    Staff staff;
    Network network;
    Operations operations;
    Extras extras;
    Licence licence;
    Contract contract;
    Standby standby;
    Cascade cascade;
    Plan plan;
    Bill bill;
    ThroughputBasis basis;
    /* Borrowed, horizon_months factors each; NULL: 1 in every month. */
    const double *price_path[N_PRICE_SERIES];
    /* Borrowed, horizon_months each; NULL: never set. A path is a factor on it. */
    const Level *price_level[N_PRICE_SERIES];
} OptionInputs;

typedef struct Inputs {
    char name[FIELD_TEXT_BYTES];
    Month start;
    /* Prices are in USD; the evaluator writes every amount in the scenario's currency, at this rate. */
    char currency[CURRENCY_BYTES]; /* ISO 4217 */
    double currency_per_usd;       /* 1 for USD */
    SCENARIO_FIELDS(FIELD_DECLARE)
    int n_workloads;
    Workload workloads[INPUT_WORKLOADS_MAX];
    /* Borrowed, horizon_months factors each on the volume of a workload; NULL: 1 in every month. */
    const double *volume_path[INPUT_WORKLOADS_MAX];
    /* Borrowed, horizon_months each; NULL: never set. `volume_level_scale` is a factor on all of them. */
    const Level *volume_level[INPUT_WORKLOADS_MAX];
    double volume_level_scale;
    /* The week of each workload by hour, mean exactly 1 (E3). Filled by inputs_finish. */
    double week[INPUT_WORKLOADS_MAX][HOURS_PER_WEEK];
    int n_options;
    OptionInputs options[INPUT_OPTIONS_MAX];
} Inputs;

/* ---- the group table: one row a group ---- */

typedef enum GroupScope { SCOPE_SCENARIO, SCOPE_WORKLOAD, SCOPE_OPTION } GroupScope;

typedef enum GroupId {
    GROUP_SCENARIO,
    GROUP_WORKLOAD,
    GROUP_SHAPE,
    GROUP_ACCELERATOR,
    GROUP_EFFICIENCY,
    GROUP_SERVING,
    GROUP_ENGINE,
    GROUP_FLEET,
    GROUP_RENT,
    GROUP_OWN,
    GROUP_API,
    GROUP_HYBRID,
    GROUP_STAFF,
    GROUP_NETWORK,
    GROUP_OPERATIONS,
    GROUP_EXTRAS,
    GROUP_LICENCE,
    GROUP_CONTRACT,
    GROUP_STANDBY,
    GROUP_CASCADE,
    GROUP_PLAN,
    GROUP_BILL,
    N_GROUPS
} GroupId;

typedef struct GroupRow {
    const char *name;  /* JSON key; "" for the scenario's own fields */
    const char *title; /* for people */
    GroupScope scope;
    unsigned kinds; /* option kinds that read it (KIND_ bits) */
    size_t offset;  /* in Inputs, Workload's element or OptionInputs */
    const FieldRow *rows;
    size_t n_rows;
} GroupRow;

extern const GroupRow input_groups[N_GROUPS];

/* A field's address in the whole: scope index (workload or option), group, row. */
typedef struct FieldRef {
    int index; /* workload or option; 0 for the scenario */
    GroupId group;
    int row;
} FieldRef;

/* Total number of option-scope fields, and the flat position of one of them: for tables that run beside
 * Inputs. */
int option_field_count(void);
int option_field_index(GroupId group, int row);

/* The group struct that holds a field. */
void *inputs_group(Inputs *inputs, GroupId group, int index);
const void *inputs_group_const(const Inputs *inputs, GroupId group, int index);

/* "/options/1/rent/on_demand_usd_per_gpu_h", "/workloads/0/input_tok", "/discount_per_year". */
bool field_ref_parse(const char *pointer, FieldRef *out, Err *err);
void field_ref_format(const FieldRef *ref, char *out, size_t size);
const FieldRow *field_ref_row(const FieldRef *ref);

/* Everything at its default: one workload, no option. */
void inputs_init(Inputs *inputs);

/* Appends an option of this kind with all defaults and returns it; NULL when INPUT_OPTIONS_MAX is reached. */
OptionInputs *inputs_add_option(Inputs *inputs, const char *name, OptionKind kind);

/* Is any option composed of others? Then options may not be evaluated apart from their neighbours. */
bool inputs_are_composed(const Inputs *inputs);

/* Shapes of the week from pricing/profiles.csv, by hour from the first of the week; any scale. */
typedef struct Profiles {
    double conversation[HOURS_PER_WEEK], coding[HOURS_PER_WEEK];
} Profiles;

/* Checks what one row cannot see (a custom week of 168 hours, active <= total parameters, both measured rates
 * or none,
 * ...) and fills the derived members. `profiles` may be NULL when no workload uses a named one. Every fault
 * goes to the list with its pointer. */
bool inputs_finish(Inputs *inputs, const Profiles *profiles, ErrList *errors);

/* E1, E66, and what events make of it: requests of a workload in month m. */
double workload_requests(const Inputs *inputs, int workload, int m);

#endif
