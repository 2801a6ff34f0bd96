/* Least squares of measured steps over the terms of the machine's step time.
 *
 * Layer: bench. Points that a disturbed machine made slow weigh little or nothing (bisquare weights). Rows
 * are divided by the measured time, so that relative errors count, and columns by their size, so that none
 * looks small beside the others. A term that comes out negative would predict nonsense elsewhere: it is left
 * out and the rest fitted again.
 */
#include "fit.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

enum { ITERATIONS_MAX = 200 };

typedef struct Fitting {
    const FitPoint *points;
    int n_points, n_terms;
    MachineTerm terms[N_MACHINE_TERMS];
    double scale[N_MACHINE_TERMS];
    bool known[N_MACHINE_TERMS];
    gsl_matrix *x, *covariance;
    gsl_vector *y, *values;
} Fitting;

/* g and h are fitted where some product was measured with just so many rows. */
static void find_known(Fitting *f)
{
    for (int t = 0; t < N_MACHINE_TERMS; t++) f->known[t] = machine_term_rows((MachineTerm)t) == 0;
    f->known[TERM_VALUE] = false;
    for (int p = 0; p < f->n_points; p++) {
        const FitPoint *point = &f->points[p];
        int rows = point->load.n_sequences * (point->part == PART_HEAD ? 1 : point->load.n_tokens);
        for (int t = 0; t < TERM_KV; t++)
            if (machine_term_rows((MachineTerm)t) == rows) f->known[t] = true;
    }
}

static void fill(Fitting *f)
{
    double counts[N_MACHINE_TERMS];
    for (int t = 0; t < f->n_terms; t++) f->scale[t] = 0.0;
    for (int p = 0; p < f->n_points; p++) {
        machine_counts(&f->points[p].arch, &f->points[p].load, f->points[p].part, f->known, counts);
        gsl_vector_set(f->y, (size_t)p, 1.0);
        for (int t = 0; t < f->n_terms; t++) {
            double value = counts[f->terms[t]] / f->points[p].seconds;
            gsl_matrix_set(f->x, (size_t)p, (size_t)t, value);
            f->scale[t] = fmax(f->scale[t], value);
        }
    }
    for (int t = 0; t < f->n_terms; t++) {
        gsl_vector_view column = gsl_matrix_column(f->x, (size_t)t);
        if (f->scale[t] > 0.0) gsl_vector_scale(&column.vector, 1.0 / f->scale[t]);
    }
}

/* Fits the terms that are left; the index of the most negative one, or -1. */
static int solve(Fitting *f)
{
    size_t n = (size_t)f->n_points, m = (size_t)f->n_terms;
    gsl_multifit_robust_workspace *work = gsl_multifit_robust_alloc(gsl_multifit_robust_bisquare, n, m);
    f->x = gsl_matrix_calloc(n, m);
    f->y = gsl_vector_alloc(n);
    f->values = gsl_vector_alloc(m);
    f->covariance = gsl_matrix_alloc(m, m);
    fill(f);
    (void)gsl_multifit_robust_maxiter(ITERATIONS_MAX, work);
    (void)gsl_multifit_robust(f->x, f->y, f->values, f->covariance, work); /* the last iterate serves too */
    gsl_multifit_robust_free(work);
    int worst = -1;
    for (int t = 0; t < f->n_terms; t++) {
        double value = gsl_vector_get(f->values, (size_t)t);
        bool is_worse = worst < 0 ? value < 0.0 : value < gsl_vector_get(f->values, (size_t)worst);
        if (is_worse || (f->scale[t] == 0.0 && worst < 0)) worst = t;
    }
    return worst;
}

/* A weight's time is then that between the other counts of rows; an output's is known to be nothing. */
static void drop(Fitting *f, int at)
{
    MachineTerm term = f->terms[at];
    if ((int)term < N_MACHINE_ROWS) f->known[term] = false;
    f->n_terms--;
    for (int t = at; t < f->n_terms; t++) f->terms[t] = f->terms[t + 1];
}

static void release(Fitting *f)
{
    gsl_matrix_free(f->x);
    gsl_matrix_free(f->covariance);
    gsl_vector_free(f->y);
    gsl_vector_free(f->values);
}

static bool is_fitted(const Fitting *f, MachineTerm term)
{
    int i = 0;
    while (i < f->n_terms && f->terms[i] != term) i++;
    return i < f->n_terms;
}

/* Outputs that cost nothing are written, too: that they are known there is part of h. */
static void write_out(const Fitting *f, MeasureFit *out)
{
    double *errors = malloc((size_t)f->n_points * sizeof *errors);
    *out = (MeasureFit){.n = f->n_terms};
    for (int i = 0; i < f->n_terms; i++) {
        out->names[i] = machine_term_name(f->terms[i]);
        out->values[i] = gsl_vector_get(f->values, (size_t)i) / f->scale[i];
        for (int j = 0; j < f->n_terms; j++)
            out->covariance[i][j] =
                gsl_matrix_get(f->covariance, (size_t)i, (size_t)j) / (f->scale[i] * f->scale[j]);
    }
    for (int t = N_MACHINE_ROWS; t < TERM_KV; t++)
        if (f->known[t] && !is_fitted(f, (MachineTerm)t))
            out->names[out->n++] = machine_term_name((MachineTerm)t);
    for (int p = 0; errors && p < f->n_points; p++) {
        gsl_vector_const_view row = gsl_matrix_const_row(f->x, (size_t)p);
        double predicted = 0.0;
        for (int t = 0; t < f->n_terms; t++)
            predicted += gsl_vector_get(&row.vector, (size_t)t) * gsl_vector_get(f->values, (size_t)t);
        errors[p] = fabs(predicted - 1.0);
    }
    if (errors) {
        gsl_sort(errors, 1, (size_t)f->n_points);
        out->median_error_frac = gsl_stats_median_from_sorted_data(errors, 1, (size_t)f->n_points);
        out->worst_error_frac = errors[f->n_points - 1];
    }
    free(errors);
}

int fit_add_steps(FitPoint *points, int n, const FitPoint *point, const StepSamples *steps,
                  double weight_bytes)
{
    MachinePace pace = steps_pace(steps);
    for (MachinePart part = PART_LAYERS; part <= PART_HEAD; part++) {
        double bytes = weight_bytes * machine_weights(&point->arch, &point->load, part);
        points[n] = *point;
        points[n].part = part;
        points[n].seconds = steps_part_s(steps, part, bytes, pace);
        points[n++].pace = pace;
    }
    return n;
}

void fit_rebase(FitPoint *points, int n_points, double weight_bytes, MachinePace at)
{
    for (int i = 0; i < n_points; i++) {
        FitPoint *p = &points[i];
        double bytes = weight_bytes * machine_weights(&p->arch, &p->load, p->part);
        p->seconds = machine_rebase_s(p->seconds, bytes, p->pace, at);
        p->pace = at;
    }
}

bool fit_machine(const FitPoint *points, int n_points, MeasureFit *out, Err *err)
{
    Fitting f = {.points = points, .n_points = n_points};
    find_known(&f);
    for (int t = 0; t < N_MACHINE_TERMS; t++)
        if (f.known[t]) f.terms[f.n_terms++] = (MachineTerm)t;
    if (n_points <= f.n_terms)
        return err_set(err, ERR_DATA, "%d measured steps are too few for %d coefficients", n_points,
                       f.n_terms);
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    for (;;) {
        int negative = solve(&f);
        if (negative < 0 || f.n_terms == 1) break;
        release(&f);
        drop(&f, negative);
    }
    write_out(&f, out);
    release(&f);
    gsl_set_error_handler(handler);
    return true;
}
