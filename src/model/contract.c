/* Contracts on the bills for tokens and rented GPUs: tiers, a commitment, credits. Layer: model.
 *
 * On the month's bill S at list prices: each tier takes its discount on the part of S that lies in it
 * (graduated, E72); a commitment takes its discount on what is left, and at the end of a term what was spent
 * less than committed is paid; credits pay what is due then, those that end first before the others. A term
 * that the horizon cuts short owes its share of the commitment; one that is left early, because a plan moves
 * on, owes all of it.
 */
#include "model/ledger.h"

#include <math.h>

static const DriverId tier_drivers[N_COVERED] = {DRIVER_API_TIER, DRIVER_GPU_TIER};
static const DriverId discount_drivers[N_COVERED] = {DRIVER_API_COMMIT_DISCOUNT, DRIVER_GPU_COMMIT_DISCOUNT};
static const DriverId credit_drivers[N_COVERED] = {DRIVER_API_CREDIT, DRIVER_GPU_CREDIT};
static const DriverId shortfall_drivers[N_COVERED] = {DRIVER_API_SHORTFALL, DRIVER_GPU_SHORTFALL};

/* A contract on tokens does not concern an option that buys none, nor one on GPUs an API. */
static bool is_covered(const OptionInputs *option, Covered bill)
{
    enum { BOTH, API_ONLY, GPUS_ONLY };
    unsigned buyers = bill == COVERED_API ? KIND_BUYS : KIND_RENT | KIND_HYBRID;
    int only = bill == COVERED_API ? API_ONLY : GPUS_ONLY;
    return (buyers & 1u << option->kind) != 0 &&
           (option->contract.covers == BOTH || option->contract.covers == only);
}

static double most_of(const FieldArray *values)
{
    double most = 0.0;
    for (int i = 0; i < values->n; i++) most = fmax(most, values->values[i]);
    return most;
}

bool contract_rises(const Inputs *inputs, const OptionInputs *option)
{
    const Contract *contract = &option->contract;
    if (!is_covered(option, COVERED_API) && !is_covered(option, COVERED_GPUS)) return true;
    bool is_best =
        option->kind != OPTION_API && option->rent.reserve_best && is_covered(option, COVERED_GPUS);
    if (contract->commit_usd > 0.0 && (contract->credit_usd.n > 0 || inputs->discount_per_year < 0.0))
        return false;
    return !contract_is_set(contract) || !is_best;
}

/* All that the contract could take from a bill of the month, at present value; credits in the first month. */
static double most_taken_usd(const Ledger *ledger, const Contract *contract, double bill_usd)
{
    const MonthShared *end = &ledger->workspace->shared[ledger->inputs->horizon_months - 1];
    double kept = (1.0 - most_of(&contract->tier_discount_frac)) * (1.0 - contract->commit_discount_frac);
    double usd = bill_usd * (1.0 - kept) * ledger->demand->discount[TIMING_MIDDLE];
    for (int i = 0; ledger->age == 0 && i < contract->credit_usd.n; i++)
        usd += contract->credit_usd.values[i] * fmax(1.0, end->discount[TIMING_END]);
    return usd * ledger->inputs->currency_per_usd;
}

/* Each tier takes from both bills alike: by their shares of the sum. */
static void pay_tiers(Ledger *ledger, const Contract *contract, double due_usd[N_COVERED])
{
    const double *from = contract->tier_from_usd.values, *discount = contract->tier_discount_frac.values;
    int n = contract->tier_from_usd.n;
    double all = due_usd[COVERED_API] + due_usd[COVERED_GPUS], taken = 0.0;
    double part[N_COVERED] = {due_usd[COVERED_API], due_usd[COVERED_GPUS]};
    for (int k = 0; k < n && all > from[k]; k++) {
        double upto = k + 1 < n ? fmin(all, from[k + 1]) : all, within = upto - from[k];
        taken += within * discount[k];
        for (int bill = 0; bill < N_COVERED; bill++)
            ledger_pay(ledger, tier_drivers[bill], within * (part[bill] / all), discount[k], -1.0);
    }
    for (int bill = 0; taken > 0.0 && bill < N_COVERED; bill++) due_usd[bill] -= taken * (part[bill] / all);
}

/* The commitment that the term owes in the month at hand, when it ends here; else 0. */
static double term_end_usd(const Ledger *ledger, const Contract *contract)
{
    int served = ledger->age % contract->commit_months + 1;
    if (served == contract->commit_months) return contract->commit_usd;
    if (ledger->m + 1 != ledger->until) return 0.0;
    bool is_cut = ledger->until == ledger->inputs->horizon_months;
    return is_cut ? contract->commit_usd * served / contract->commit_months : contract->commit_usd;
}

/* What is missing is split over the bills by what was spent on each; all on the first that is covered when
 * nothing was. */
static void pay_shortfall(Ledger *ledger, const Contract *contract)
{
    double owed = term_end_usd(ledger, contract), *spent = ledger->term_spend_usd;
    double all = spent[COVERED_API] + spent[COVERED_GPUS];
    if (!(owed > 0.0)) return;
    for (int bill = 0; bill < N_COVERED && all < owed; bill++) {
        bool is_first = is_covered(ledger->option, COVERED_API) == (bill == COVERED_API);
        double share = all > 0.0 ? spent[bill] / all : is_first ? 1.0 : 0.0;
        ledger_pay(ledger, shortfall_drivers[bill], (owed - all) * share, 1.0, 1.0);
        ledger_term(ledger, shortfall_drivers[bill], "committed", "USD", owed);
        ledger_term(ledger, shortfall_drivers[bill], "spent_in_the_term", "USD", all);
    }
    spent[COVERED_API] = spent[COVERED_GPUS] = 0.0;
}

static void pay_commitment(Ledger *ledger, const Contract *contract, double due_usd[N_COVERED])
{
    for (int bill = 0; bill < N_COVERED; bill++) {
        ledger_pay(ledger, discount_drivers[bill], due_usd[bill], contract->commit_discount_frac, -1.0);
        due_usd[bill] *= 1.0 - contract->commit_discount_frac;
        ledger->term_spend_usd[bill] += due_usd[bill];
    }
}

/* What of `due` credits that still count can pay. */
static double use_credits(Ledger *ledger, const Contract *contract, double due)
{
    double used = 0.0;
    for (; ledger->credit_at < contract->credit_usd.n; ledger->credit_at++) {
        int at = ledger->credit_at;
        bool has_ended = ledger->m > contract->credit_last_month.values[at];
        double left = has_ended ? 0.0 : contract->credit_usd.values[at] - ledger->credit_used_usd;
        double now = fmin(left, due - used);
        used += now;
        ledger->credit_used_usd += now;
        if (now < left) return used;
        ledger->credit_used_usd = 0.0;
    }
    return used;
}

void pay_contract(Ledger *ledger)
{
    const Contract *contract = &ledger->option->contract;
    if (!contract_is_set(contract)) return;
    double due[N_COVERED];
    bool concerns = false;
    for (int bill = 0; bill < N_COVERED; bill++) {
        bool is_in = is_covered(ledger->option, (Covered)bill);
        due[bill] = is_in ? ledger->bill_usd[bill] : 0.0;
        concerns = concerns || is_in;
    }
    if (!concerns) return;
    double before_usd = ledger->npv_usd, bill_usd = due[COVERED_API] + due[COVERED_GPUS];
    pay_tiers(ledger, contract, due);
    if (contract->commit_usd > 0.0) pay_commitment(ledger, contract, due);
    double all = due[COVERED_API] + due[COVERED_GPUS], used = use_credits(ledger, contract, all);
    for (int bill = 0; used > 0.0 && bill < N_COVERED; bill++)
        ledger_pay(ledger, credit_drivers[bill], used * (due[bill] / all), 1.0, -1.0);
    if (contract->commit_usd > 0.0 && ledger->m < ledger->until) pay_shortfall(ledger, contract);
    if (!contract_rises(ledger->inputs, ledger->option))
        ledger->swing_npv_usd += ledger->npv_usd - before_usd + most_taken_usd(ledger, contract, bill_usd);
}
