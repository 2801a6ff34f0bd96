/* Load fixed point, saturation, and time to first token.
 *
 * Layer: model. Written for one decode step t(n) and one exclusive prefill s:
 *   TPOT(n) = t(n seen) + n s / L_o, where a token sees n plus the variance of n over its mean, since it is
 * itself there; saturation rate mu = 1 / (s + L_o t(B) / B)  (E9). Time to first token = wait for a slot
 * (Sakasegawa and Allen-Cunneen with B servers, E13, E14)
 *   + wait behind other prefills (one server, Kingman) + rest of the running step + own prefill beside one
 * step.
 */
#include "tokentco/throughput_load.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

typedef struct LoadModel {
    const ThroughputCase *c;
    const ThroughputParams *params;
    double output, prefill_s, alone_s, limit, seen_extra;
    double rate;
} LoadModel;

/* The time of a step with n sequences on average, as one of them sees it. */
static double step_seen(const LoadModel *m, double n)
{
    double seen = fmin(n + m->seen_extra, m->limit);
    return throughput_step(m->c, m->params, fmax(seen, 1), NULL);
}

static double tpot_at(const LoadModel *m, double n)
{
    return step_seen(m, n) + n * m->prefill_s / m->output;
}

static double saturation_rate(const LoadModel *m)
{
    return 1 / (m->prefill_s + m->output * throughput_step(m->c, m->params, m->limit, NULL) / m->limit);
}

static LoadModel load_model(const ThroughputCase *c, const ThroughputParams *params, const LoadQuery *query)
{
    LoadModel m = {.c = c, .params = params, .output = fmax(c->output_tok, 1)};
    double groups = c->pipeline * c->attention_groups;
    /* Stages and attention groups prefill different requests at the same time. */
    m.prefill_s = throughput_prefill(c, params, &m.alone_s) / groups * params->v[PARAM_MIX];
    ThroughputMemory memory = throughput_memory(c, params);
    m.limit = fmax(floor(fmin(memory.batch_max, params->v[PARAM_BATCH_CAP])), 1);
    if (query->batch_limit >= 1) {
        m.limit = fmin(m.limit, query->batch_limit);
    }
    /* Variance over mean of the number in a system with many servers, between constant and exponential
     * holding times. */
    m.seen_extra = (1 + query->arrival_scv) / 2;
    return m;
}

static double balance(double n, void *context)
{
    const LoadModel *m = context;
    return n - m->rate * m->output * tpot_at(m, n);
}

/* Mean number running at the model's rate; the batch limit when there is no balance below it. */
static double running_solve(LoadModel *m)
{
    if (balance(m->limit, m) <= 0) {
        return m->limit;
    }
    enum { STEPS_MAX = 100 };
    const double TOLERANCE = 1e-9;
    gsl_function f = {.function = balance, .params = m};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver || gsl_root_fsolver_set(solver, &f, 0, m->limit) != GSL_SUCCESS) {
        gsl_root_fsolver_free(solver);
        return m->limit;
    }
    for (int i = 0; i < STEPS_MAX && gsl_root_fsolver_iterate(solver) == GSL_SUCCESS; i++) {
        double low = gsl_root_fsolver_x_lower(solver), high = gsl_root_fsolver_x_upper(solver);
        if (gsl_root_test_interval(low, high, TOLERANCE, TOLERANCE) == GSL_SUCCESS) {
            break;
        }
    }
    double root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return root;
}

/* A wait that is zero with probability 1 - chance and exponential else. */
typedef struct Wait {
    double chance, mean_if_any;
} Wait;

static double wait_quantile(Wait wait, double q)
{
    return wait.chance > 1 - q ? wait.mean_if_any * log(wait.chance / (1 - q)) : 0;
}

static Wait wait_for_slot(const LoadModel *m, const LoadQuery *query, double saturation)
{
    double rho = m->rate / saturation, servers = m->limit;
    if (rho >= 1) {
        return (Wait){1, HUGE_VAL};
    }
    double holding = servers / saturation;
    double spread = (query->arrival_scv + query->output_cv * query->output_cv) / 2;
    return (Wait){pow(rho, sqrt(2 * (servers + 1)) - 1), fmax(spread, 0.5) * holding / (servers * (1 - rho))};
}

static Wait wait_for_prefills(const LoadModel *m, const LoadQuery *query, double step)
{
    /* A prefill occupies its own time and the step that it rides on; several prompts share one step. */
    double rho = fmin(m->rate * m->prefill_s, 1);
    double service = m->prefill_s + step * rho;
    double spread = (query->arrival_scv + query->input_cv * query->input_cv) / 2;
    return (Wait){rho, spread * service / fmax(1 - rho, 1e-9)};
}

static void first_token_times(const LoadModel *m, const LoadQuery *query, double saturation, LoadResult *r)
{
    double busy = 1 - exp(-r->running), step = step_seen(m, r->running);
    Wait slot = wait_for_slot(m, query, saturation), prefills = wait_for_prefills(m, query, step);
    double base = m->alone_s + busy * step;
    r->ttft_mean_s =
        base + busy * step / 2 + slot.chance * slot.mean_if_any + prefills.chance * prefills.mean_if_any;
    r->ttft_p50_s = base + busy * step * 0.5 + wait_quantile(slot, 0.5) + wait_quantile(prefills, 0.5);
    r->ttft_p95_s = base + busy * step * 0.95 + wait_quantile(slot, 0.95) + wait_quantile(prefills, 0.95);
}

LoadResult throughput_at_rate(const ThroughputCase *c, const ThroughputParams *params, const LoadQuery *query,
                              double rate_req_s)
{
    LoadModel m = load_model(c, params, query);
    LoadResult r = {.batch_limit = m.limit};
    double saturation = saturation_rate(&m);
    m.rate = rate_req_s;
    r.saturation_req_s = saturation;
    r.is_saturated = rate_req_s >= saturation;
    r.utilisation_frac = fmin(rate_req_s / saturation, 1);
    r.rate_req_s = fmin(rate_req_s, saturation);
    r.running = r.is_saturated ? m.limit : running_solve(&m);
    r.tpot_s = r.is_saturated ? m.limit / (saturation * m.output) : tpot_at(&m, r.running);
    r.out_tok_s = r.rate_req_s * m.output;
    r.total_tok_s = r.rate_req_s * (m.output + c->input_tok);
    if (r.is_saturated) {
        r.ttft_mean_s = r.ttft_p50_s = r.ttft_p95_s = HUGE_VAL;
    } else {
        first_token_times(&m, query, saturation, &r);
    }
    return r;
}

LoadResult throughput_at_concurrency(const ThroughputCase *c, const ThroughputParams *params,
                                     const LoadQuery *query, double concurrency)
{
    LoadModel m = load_model(c, params, query);
    LoadResult r = {.batch_limit = m.limit, .saturation_req_s = saturation_rate(&m)};
    r.running = fmin(concurrency, m.limit);
    r.tpot_s = throughput_step(c, params, fmax(r.running, 1), NULL) + r.running * m.prefill_s / m.output;
    m.rate = r.running / (m.output * r.tpot_s);
    r.rate_req_s = m.rate;
    r.utilisation_frac = fmin(m.rate / r.saturation_req_s, 1);
    r.is_saturated = concurrency >= m.limit;
    r.out_tok_s = m.rate * m.output;
    r.total_tok_s = m.rate * (m.output + c->input_tok);
    /* In a closed loop a request waits for a slot only while more are in flight than fit: Little's law. */
    double slot = fmax(concurrency - m.limit, 0) / m.rate;
    double busy = r.running > 1 ? 1 : 0, step = throughput_step(c, params, fmax(r.running, 1), NULL);
    Wait prefills = wait_for_prefills(&m, query, step);
    double base = m.alone_s + busy * step + slot;
    r.ttft_mean_s = base + busy * step / 2 + prefills.chance * prefills.mean_if_any;
    r.ttft_p50_s = base + busy * step * 0.5 + wait_quantile(prefills, 0.5);
    r.ttft_p95_s = base + busy * step * 0.95 + wait_quantile(prefills, 0.95);
    return r;
}

LoadResult throughput_at_slo(const ThroughputCase *c, const ThroughputParams *params, const LoadQuery *query,
                             double slo_ttft_s, double slo_tpot_s)
{
    enum { HALVINGS = 60 };
    LoadModel m = load_model(c, params, query);
    double low = 0, high = saturation_rate(&m);
    LoadResult best = throughput_at_rate(c, params, query, 0);
    if (best.tpot_s > slo_tpot_s || best.ttft_p95_s > slo_ttft_s) {
        return best;
    }
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        LoadResult r = throughput_at_rate(c, params, query, middle);
        bool is_kept = !r.is_saturated && r.tpot_s <= slo_tpot_s && r.ttft_p95_s <= slo_ttft_s;
        if (is_kept) {
            best = r;
        }
        *(is_kept ? &low : &high) = middle;
    }
    return best;
}
