/* The share at which a cascade costs as much as its large option alone (E64). Layer: model. */
#include "tokentco/cascade.h"

enum { SMALL, LARGE };

static bool npv_at(Inputs *scratch, int option, double escalate_frac, Workspace *workspace, double *npv_usd)
{
    scratch->options[option].cascade.escalate_frac = escalate_frac;
    evaluate_option(scratch, option, workspace, NULL);
    *npv_usd = workspace_result(workspace, option)->npv_usd;
    return workspace_result(workspace, option)->is_feasible;
}

/* Halving ends where the middle is one of the ends. */
static double close_in(Inputs *scratch, int option, double large_usd, Workspace *workspace)
{
    double cheap = 0.0, dear = 1.0;
    for (;;) {
        double middle = cheap + 0.5 * (dear - cheap), usd;
        if (middle <= cheap || middle >= dear) return cheap;
        if (npv_at(scratch, option, middle, workspace, &usd) && usd <= large_usd) {
            cheap = middle;
        } else {
            dear = middle;
        }
    }
}

bool cascade_limit(const Inputs *inputs, int option, Workspace *workspace, Inputs *scratch, CascadeLimit *out)
{
    const OptionInputs *cascade = &inputs->options[option];
    double none_usd, all_usd, npv_usd[2];
    *out = (CascadeLimit){.is_found = false};
    if (cascade->kind != OPTION_CASCADE || cascade->n_parts != 2) return false;
    *scratch = *inputs;
    for (int i = SMALL; i <= LARGE; i++) {
        evaluate_option(inputs, cascade->parts[i], workspace, NULL);
        npv_usd[i] = workspace_result(workspace, cascade->parts[i])->npv_usd;
        if (!workspace_result(workspace, cascade->parts[i])->is_feasible) return false;
    }
    if (!npv_at(scratch, option, 0.0, workspace, &none_usd) ||
        !npv_at(scratch, option, 1.0, workspace, &all_usd))
        return false;
    if (!(npv_usd[LARGE] > 0.0)) return false;
    out->ratio_frac = 1.0 - npv_usd[SMALL] / npv_usd[LARGE];
    out->is_found = none_usd <= npv_usd[LARGE];
    if (!out->is_found) return true;
    out->frac = all_usd <= npv_usd[LARGE] ? 1.0 : close_in(scratch, option, npv_usd[LARGE], workspace);
    return true;
}
