/* How it is served: engine, fleet, rented and owned GPUs, an API, a hybrid of both.
 *
 * Layer: model. A list is the one place where its fields are written (tokentco/field.h says how); symbols are
 * the names of the method, such as "rent.p_od".
 */
#ifndef TOKENTCO_FIELDS_SERVING_H
#define TOKENTCO_FIELDS_SERVING_H

#include "tokentco/fields_demand.h"

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
    _(INT, generation_month, "fleet.generation", "mo", 0, INPUT_MONTHS_MAX, 0, 1, FIELD_FIXED,               \
      "month from which the fleet is of the next generation of GPUs; 0: never")                              \
    _(NUM, generation_rate_factor, "fleet.generation_rate", "x", 0, 1000, 2, 0.1, FIELD_OPEN_MIN,            \
      "request rate of a replica of the next generation, relative to before")                                \
    _(NUM, generation_price_factor, "fleet.generation_price", "x", 0, 1000, 1.5, 0.1, FIELD_PLAIN,           \
      "rental and server price of the next generation, relative to the present one at that time")            \
    _(NUM, generation_switch_usd, "fleet.generation_cost", "USD", 0, 1e10, 0, 1000, FIELD_PRICE,             \
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
    _(FLAG, reserve_best, "rent.reserve_best", "", 0, 1, 0, 1, FIELD_FIXED,                                  \
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
    _(NUM, financed_frac, "own.financed", "frac", 0, 1, 0, 0.1, FIELD_PLAIN,                                 \
      "share of purchases and set-up that a loan pays")                                                      \
    _(NUM, loan_rate_per_year, "own.loan_rate", "/yr", 0, 10, 0.08, 0.01, FIELD_PLAIN,                       \
      "effective yearly rate of the loan")                                                                   \
    _(INT, loan_months, "own.loan_months", "mo", 1, INPUT_MONTHS_MAX, 36, 12, FIELD_PLAIN,                   \
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
    _(INT, retirement_month, "api.retire", "mo", 0, INPUT_MONTHS_MAX, 0, 1, FIELD_FIXED,                     \
      "month in which the vendor retires the model and a move is forced; 0: never")                          \
    _(NUM, retirement_usd, "api.retire_cost", "USD", 0, 1e9, 8000, 1.1, FIELD_PRICE,                         \
      "work of the forced move")                                                                             \
    _(NUM, retirement_price_factor, "api.retire_factor", "x", 0, 1000, 1, 0.1, FIELD_PLAIN,                  \
      "prices of the model moved to, relative to those of the retired one")

typedef struct Api {
    API_FIELDS(FIELD_DECLARE)
} Api;

/* A hybrid serves a base load on rented GPUs and sends the rest to an API (E68). Its routes work together:
 * first long requests leave, then the split, and a share of what the fleet served is asked again. */
#define HYBRID_FIELDS(_)                                                                                     \
    _(CHOICE, split, "hybrid.split", "share|peak|both", 0, 2, 0, 1, FIELD_FIXED,                             \
      "what goes to the API: a share of every hour, what is beyond the fleet, or both")                      \
    _(NUM, api_share_frac, "hybrid.share", "frac", 0, 1, 0.1, 0.05, FIELD_PLAIN,                             \
      "share of the requests that goes to the API, when split by share or both")                             \
    _(INT, replicas_cap, "hybrid.cap", "count", 0, 100000000, 1, 1, FIELD_PLAIN,                             \
      "most replicas of the fleet, without spares, when split by peak or both")                              \
    _(FLAG, split_best, "hybrid.best", "", 0, 1, 0, 1, FIELD_FIXED,                                          \
      "find the cheapest fleet instead, when split by peak or both: GPUs and number of replicas")            \
    _(NUM, long_context_tok, "hybrid.long", "tok", 0, 1e9, 0, 1024, FIELD_PLAIN,                             \
      "requests with more input tokens go to the API, input lengths taken as lognormal; 0: none")            \
    _(NUM, fallback_frac, "hybrid.fallback", "frac", 0, 1, 0, 0.01, FIELD_PLAIN,                             \
      "share of the requests that the fleet served which the API must serve again")

typedef struct Hybrid {
    HYBRID_FIELDS(FIELD_DECLARE)
} Hybrid;

#endif
