/* What running it takes: people, network, operations, licence, extras.
 *
 * Layer: model. A list is the one place where its fields are written (tokentco/field.h says how); symbols are
 * the names of the method, such as "rent.p_od".
 */
#ifndef TOKENTCO_FIELDS_RUNNING_H
#define TOKENTCO_FIELDS_RUNNING_H

#include "tokentco/fields_demand.h"

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
    _(INT, hiring_lag_months, "staff.hiring_lag", "mo", 0, 60, 0, 1, FIELD_PLAIN,                            \
      "months before the need that people are hired")                                                        \
    _(NUM, hiring_cost_frac, "staff.hiring_cost", "frac", 0, 10, 0, 0.05, FIELD_PLAIN,                       \
      "one-off cost of adding a person, as a share of the yearly salary")

typedef struct Staff {
    STAFF_FIELDS(FIELD_DECLARE)
} Staff;

#define NETWORK_FIELDS(_)                                                                                    \
    _(TEXT, provider, "", "", 0, 0, 0, 0, FIELD_FIXED, "provider, as named in pricing/networking.csv")       \
    _(NUM, egress_usd_per_gb, "net.egress", "USD/GB", 0, 100, 0.09, 0.005, FIELD_PRICE,                      \
      "traffic to the internet")                                                                             \
    _(ARRAY, egress_from_gb, "net.egress_from", "GB/mo", 0, 1e15, 0, 1, FIELD_FIXED,                         \
      "monthly traffic from which each tier of the egress price holds, rising from 0; replaces the single "  \
      "price")                                                                                               \
    _(ARRAY, egress_tier_usd_per_gb, "net.egress_tier", "USD/GB", 0, 100, 0, 1, FIELD_PRICE | FIELD_FIXED,   \
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
    _(NUM, guardrail_usd_per_mtok, "extras.guardrail", "USD/Mtok", 0, 1e6, 0, 0.01, FIELD_PRICE,             \
      "checking of all tokens by a guardrail that is paid by token")                                         \
    _(NUM, guardrail_rate_frac, "extras.guardrail_share", "frac", 0, 0.99, 0, 0.01, FIELD_PLAIN,             \
      "share of a replica's request rate that a guardrail on its GPUs takes")                                \
    _(NUM, drift_sample_frac, "extras.drift_sample", "frac", 0, 1, 0, 0.01, FIELD_PLAIN,                     \
      "share of tokens that drift monitoring scores")                                                        \
    _(NUM, drift_usd_per_mtok, "extras.drift", "USD/Mtok", 0, 1e6, 0, 0.1, FIELD_PRICE,                      \
      "scoring of sampled tokens")                                                                           \
    _(NUM, registry_usd_per_month, "extras.registry", "USD/mo", 0, 1e7, 0, 10, FIELD_PRICE,                  \
      "registry of container images and weights")                                                            \
    _(NUM, finetune_gpu_h_per_quarter, "extras.finetune", "GPU-h", 0, 1e9, 0, 10, FIELD_PLAIN,               \
      "fine-tuning runs, on rented GPUs in every third month")                                               \
    _(INT, edge_sites, "extras.sites", "count", 0, 1000000, 0, 1, FIELD_PLAIN,                               \
      "sites with a box of their own")                                                                       \
    _(NUM, edge_site_usd, "extras.site", "USD", 0, 1e9, 0, 1000, FIELD_PRICE,                                \
      "box of one site, bought in the first month")                                                          \
    _(NUM, edge_site_kw, "extras.site_kw", "kW", 0, 1e4, 0, 0.1, FIELD_PLAIN, "mean draw of one site's box") \
    _(NUM, edge_usd_per_kwh, "extras.site_kwh", "USD/kWh", 0, 100, 0.15, 0.01, FIELD_PRICE,                  \
      "price of electricity at the sites")                                                                   \
    _(NUM, edge_visits_per_year, "extras.visits", "/yr", 0, 1e4, 0, 1, FIELD_PLAIN,                          \
      "visits to a site in a year")                                                                          \
    _(NUM, edge_visit_usd, "extras.visit", "USD", 0, 1e6, 0, 50, FIELD_PRICE, "one visit to a site")

typedef struct Extras {
    EXTRAS_FIELDS(FIELD_DECLARE)
} Extras;

#endif
