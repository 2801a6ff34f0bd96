/* Shapley values, exact or by drawn orders. Layer: model.
 *
 * Exact: share_i = sum over sets S without i of |S|! (n - |S| - 1)! / n! x (v(S + i) - v(S)) (Shapley 1953).
 * Drawn: the mean over orders of the marginal values; an order and its reverse are one draw, because their
 * errors partly cancel.
 */
#include "tokentco/shapley.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool ask(ShapleyValue value, void *context, uint64_t set, ShapleyShares *out, double *result)
{
    out->n_values++;
    if (value(context, set, result)) return true;
    if (!out->is_undefined) out->undefined_set = set;
    out->is_undefined = true;
    return false;
}

static int bits_of(uint64_t set)
{
    int n = 0;
    for (; set != 0; set &= set - 1) n++;
    return n;
}

/* ---- all sets ---- */

static void share_exactly(int n, const double *values, ShapleyShares *out)
{
    double weight[SHAPLEY_EXACT_MAX]; /* k! (n - k - 1)! / n! */
    for (int k = 0; k < n; k++) {
        weight[k] = 1.0 / n;
        for (int j = 1; j <= k; j++) weight[k] *= (double)j / (n - j);
    }
    for (int i = 0; i < n; i++) {
        double sum = 0.0;
        for (uint64_t set = 0; set < 1ull << n; set++)
            if ((set >> i & 1) == 0) sum += weight[bits_of(set)] * (values[set | 1ull << i] - values[set]);
        out->share[i] = sum;
    }
}

static bool build_exactly(int n, ShapleyValue value, void *context, ShapleyShares *out)
{
    double *values = calloc((size_t)1 << n, sizeof *values);
    bool is_ok = values != NULL;
    for (uint64_t set = 0; is_ok && set < 1ull << n; set++)
        is_ok = ask(value, context, set, out, &values[set]);
    if (is_ok) {
        out->none = values[0];
        out->all = values[(1ull << n) - 1];
        out->is_exact = true;
        share_exactly(n, values, out);
    }
    free(values);
    return is_ok;
}

/* ---- drawn orders ---- */

/* SplitMix64. */
static uint64_t draw(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void shuffle(int n, int *order, uint64_t *state)
{
    for (int i = 0; i < n; i++) order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(draw(state) % (uint64_t)(i + 1)), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

/* Adds half of the marginal values along an order, or against it. */
static bool walk(int n, const int *order, bool is_reverse, ShapleyValue value, void *context,
                 ShapleyShares *out, double *halves)
{
    double before = out->none, now = 0.0;
    uint64_t set = 0;
    for (int k = 0; k < n; k++) {
        int i = order[is_reverse ? n - 1 - k : k];
        set |= 1ull << i;
        if (k == n - 1) {
            now = out->all;
        } else if (!ask(value, context, set, out, &now)) {
            return false;
        }
        halves[i] += 0.5 * (now - before);
        before = now;
    }
    return true;
}

static bool build_by_draws(int n, ShapleyValue value, void *context, ShapleyShares *out)
{
    uint64_t state = 0, all = n == SHAPLEY_CHANGES_MAX ? UINT64_MAX : (1ull << n) - 1;
    double square[SHAPLEY_CHANGES_MAX] = {0};
    int order[SHAPLEY_CHANGES_MAX];
    if (!ask(value, context, 0, out, &out->none) || !ask(value, context, all, out, &out->all)) return false;
    for (int d = 0; d < SHAPLEY_ORDERS; d++) {
        double marginal[SHAPLEY_CHANGES_MAX] = {0};
        shuffle(n, order, &state);
        if (!walk(n, order, false, value, context, out, marginal) ||
            !walk(n, order, true, value, context, out, marginal))
            return false;
        for (int i = 0; i < n; i++) {
            out->share[i] += marginal[i] / SHAPLEY_ORDERS;
            square[i] += marginal[i] * marginal[i] / SHAPLEY_ORDERS;
        }
    }
    for (int i = 0; i < n; i++)
        out->error[i] = sqrt(fmax(0.0, square[i] - out->share[i] * out->share[i]) / (SHAPLEY_ORDERS - 1));
    return true;
}

bool shapley_build(int n, ShapleyValue value, void *context, ShapleyShares *out)
{
    *out = (ShapleyShares){.n = n};
    return n <= SHAPLEY_EXACT_MAX ? build_exactly(n, value, context, out)
                                  : build_by_draws(n, value, context, out);
}

int64_t shapley_round(const ShapleyShares *shares, double unit, int64_t *out)
{
    int64_t wanted = llround(shares->all / unit) - llround(shares->none / unit), sum = 0;
    double rest[SHAPLEY_CHANGES_MAX];
    for (int i = 0; i < shares->n; i++) {
        out[i] = (int64_t)floor(shares->share[i] / unit);
        rest[i] = shares->share[i] / unit - (double)out[i];
        sum += out[i];
    }
    /* One more unit where most was cut off; were rounding ever to ask for less, one fewer where least was. */
    while (shares->n > 0 && sum != wanted) {
        int step = sum < wanted ? 1 : -1, at = 0;
        for (int i = 1; i < shares->n; i++)
            if (step * rest[i] > step * rest[at]) at = i;
        out[at] += step;
        rest[at] -= step;
        sum += step;
    }
    return wanted;
}
