/* What each driver is computed from, for `explain` and for the source column of the ledger. Layer: view. */
#include "figures.h"

#define WIRE_IN    " network/input_bytes_per_tok"
#define WIRE_OUT   " network/output_bytes_per_tok"
#define LOGS       " operations/log_sample_frac network/input_bytes_per_tok @attempts @tokens"
#define RENT_PRICE "rent/on_demand_usd_per_gpu_h rent/decline_per_year ~gpu_rent"
#define TOKEN_PRICE                                                                                          \
    "api/input_usd_per_mtok api/cached_usd_per_mtok api/output_usd_per_mtok api/cache_hit_frac "             \
    "api/output_multiplier api/tokenizer_ratio api/volume_discount_frac api/decline_per_year "               \
    "api/migrate_every_months api/retirement_month api/retirement_price_factor ~api ~api_input ~api_cached " \
    "~api_output"
#define CONTRACT     " contract/covers"
#define SERVER_PRICE "own/server_usd own/server_decline_per_year ~server"

const char *const driver_uses[N_DRIVERS] = {
    [DRIVER_RENT_RESERVED] = RENT_PRICE " rent/reserved_* @reserved_replicas @degree",
    [DRIVER_RENT_ON_DEMAND] = RENT_PRICE " rent/spot_share_frac @reserved_replicas @gpu_hours",
    [DRIVER_RENT_SPOT] = RENT_PRICE " rent/spot_* @reserved_replicas @gpu_hours",
    [DRIVER_SERVER_PURCHASE] = SERVER_PRICE " own/financed_frac @servers",
    [DRIVER_SERVER_SETUP] = "own/server_setup_usd own/financed_frac @servers",
    [DRIVER_LOAN_PAYMENT] = "own/loan_rate_per_year own/loan_months own/financed_frac own/server_usd "
                            "own/server_setup_usd @servers",
    [DRIVER_LOAN_BALANCE] = "own/loan_rate_per_year own/loan_months own/financed_frac horizon_months",
    [DRIVER_EDGE_PURCHASE] = "extras/edge_site_usd extras/edge_sites",
    [DRIVER_RESIDUAL_VALUE] = "own/residual_decay_per_year " SERVER_PRICE " horizon_months @servers",
    [DRIVER_COLOCATION] = "own/colocation_usd_per_kw_month own/server_kw @servers",
    [DRIVER_ELECTRICITY] = "own/energy_usd_per_kwh own/server_kw own/load_frac own/pue ~energy @servers",
    [DRIVER_EDGE_POWER] = "extras/edge_usd_per_kwh extras/edge_sites extras/edge_site_kw",
    [DRIVER_SERVER_MAINTENANCE] = "own/maintenance_per_year " SERVER_PRICE " @servers",
    [DRIVER_EDGE_VISITS] = "extras/edge_visit_usd extras/edge_sites extras/edge_visits_per_year",
    [DRIVER_API_USAGE] =
        TOKEN_PRICE " workloads/input_tok workloads/output_tok workloads/batch_frac @attempts "
                    "@api_attempts",
    [DRIVER_API_BATCH] = TOKEN_PRICE " api/batch_discount_frac workloads/input_tok workloads/output_tok "
                                     "workloads/batch_frac @attempts @api_attempts",
    [DRIVER_API_LONG_CONTEXT] = TOKEN_PRICE " hybrid/long_context_tok workloads/input_tok workloads/input_cv "
                                            "workloads/output_tok @attempts",
    [DRIVER_API_FALLBACK] = TOKEN_PRICE " hybrid/fallback_frac workloads/input_tok workloads/output_tok "
                                        "@attempts @api_attempts",
    [DRIVER_API_TIER] = "contract/tier_*" CONTRACT,
    [DRIVER_GPU_TIER] = "contract/tier_*" CONTRACT,
    [DRIVER_API_COMMIT_DISCOUNT] = "contract/commit_discount_frac contract/commit_usd" CONTRACT,
    [DRIVER_GPU_COMMIT_DISCOUNT] = "contract/commit_discount_frac contract/commit_usd" CONTRACT,
    [DRIVER_API_CREDIT] = "contract/credit_*" CONTRACT,
    [DRIVER_GPU_CREDIT] = "contract/credit_*" CONTRACT,
    [DRIVER_API_SHORTFALL] = "contract/commit_usd contract/commit_months" CONTRACT,
    [DRIVER_GPU_SHORTFALL] = "contract/commit_usd contract/commit_months" CONTRACT,
    [DRIVER_API_COMMIT] = "api/min_commit_usd_per_month " TOKEN_PRICE " @attempts",
    [DRIVER_PRESENT_API_BILL] = "bill/usd_by_month bill/covers",
    [DRIVER_PRESENT_GPU_BILL] = "bill/usd_by_month bill/covers",
    [DRIVER_EGRESS] = "network/egress_*" WIRE_IN WIRE_OUT " @attempts @tokens",
    [DRIVER_INTER_ZONE] = "network/inter_zone_*" WIRE_IN WIRE_OUT " @attempts @tokens",
    [DRIVER_NAT] = "network/nat_usd_per_gb" WIRE_IN " @attempts @tokens",
    [DRIVER_BALANCER] = "network/balancer_usd_per_month",
    [DRIVER_LOG_STORAGE] = "operations/storage_usd_per_gb_month operations/log_retain_months" LOGS,
    [DRIVER_WEIGHT_STORAGE] = "operations/storage_usd_per_gb_month operations/weight_copies "
                              "shape/params_total serving/weight_bytes",
    [DRIVER_REGISTRY] = "extras/registry_usd_per_month",
    [DRIVER_LOG_INGEST] = "operations/log_usd_per_gb" LOGS,
    [DRIVER_HOST_MONITORING] = "operations/host_monitoring_usd_per_month @gpus",
    [DRIVER_DRIFT_MONITORING] = "extras/drift_usd_per_mtok extras/drift_sample_frac @attempts @tokens",
    [DRIVER_EVALUATION_RUNS] = "operations/evaluation_*",
    [DRIVER_UPGRADE_WORK] = "operations/upgrade_usd operations/upgrade_every_months",
    [DRIVER_AB_CAPACITY] = RENT_PRICE " operations/ab_* operations/upgrade_every_months @gpus",
    [DRIVER_API_MIGRATION] = "operations/api_migrate_usd api/migrate_every_months",
    [DRIVER_FINE_TUNING] = RENT_PRICE " extras/finetune_gpu_h_per_quarter",
    [DRIVER_STAFF_COST] =
        "staff/salary_usd_per_year staff/loaded_factor staff/wage_growth_per_year ~wage @fte",
    [DRIVER_HIRING] =
        "staff/hiring_cost_frac staff/salary_usd_per_year staff/wage_growth_per_year ~wage @fte",
    [DRIVER_SECURITY_COST] = "operations/security_*",
    [DRIVER_GUARDRAIL] = "extras/guardrail_usd_per_mtok @attempts @tokens",
    [DRIVER_LICENCE_FEE] = "licence/fee_usd_per_month licence/*",
    [DRIVER_QUALITY_DEBT] = "licence/freeze_usd_per_month licence/*",
    [DRIVER_MODEL_SWITCH] = "licence/switch_usd licence/*",
    [DRIVER_API_RETIREMENT] = "api/retirement_usd api/retirement_month",
    [DRIVER_GENERATION_SWITCH] = "fleet/generation_switch_usd fleet/generation_month",
    [DRIVER_PLAN_SWITCH] = "plan/switch_usd plan/* @second_from @third_from",
    [DRIVER_STANDBY_SETUP] = "standby/setup_usd standby/state",
    [DRIVER_STANDBY_WEIGHTS] = "operations/storage_usd_per_gb_month standby/weights_gb",
    [DRIVER_STANDBY_EVALUATION] = "standby/evaluation_usd_per_month",
    [DRIVER_STANDBY_PEOPLE] =
        "staff/salary_usd_per_year staff/loaded_factor staff/wage_growth_per_year ~wage "
        "standby/fte",
    [DRIVER_STANDBY_DRILL] = "standby/drill_usd standby/drill_every_months",
    [DRIVER_STANDBY_GPUS] = "standby/usd_per_gpu_h standby/warm_gpus " RENT_PRICE,
    [DRIVER_OPTIONALITY_SETUP] = "operations/optionality_setup_usd",
    [DRIVER_OPTIONALITY_UPKEEP] = "operations/optionality_usd_per_month",
    [DRIVER_SETUP_COST] = "operations/setup_*",
};
