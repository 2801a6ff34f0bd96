/* Demand from people and agents. Layer: feed.
 *
 * A session has n = turns x steps calls. Call i, in turn q = i / steps (from 0), is sent with all that came
 * before:
 *
 *     input_i = system + (q + 1) user + i output + (i - q) tool
 *
 * since each call before it wrote an output, and each but the last of a turn was followed by a tool's result.
 * The sum over a session grows with the square of n. What call i - 1 was sent and wrote is the beginning of
 * call i, so a prefix cache can serve it; of the first call, the system prompt. A check at the end of a turn
 * is sent what the turn's last call was sent and wrote. Beyond the longest context, the oldest is dropped;
 * then the beginning has changed, and only the system prompt is the same as before.
 */
#include "tokentco/worklog.h"

#include <math.h>

#define FIELD_GROUP People
const FieldRow people_rows[N_PEOPLE_ROWS] = {PEOPLE_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP

/* Sums over one session. */
typedef struct Session {
    double n, input, input_squared, cached, longest;
    double first, last; /* input of the first and last call */
    int n_cut;          /* calls whose context was cut */
} Session;

static double add_call(const People *p, double wanted, double before, Session *s)
{
    double room = fmax(p->context_tok - p->output_tok, 1.0), input = fmin(wanted, room);
    bool is_cut = wanted > room;
    double same = is_cut ? p->system_tok : before;
    s->n += 1.0;
    s->input += input;
    s->input_squared += input * input;
    s->cached += fmin(same, input);
    s->longest = fmax(s->longest, input + p->output_tok);
    s->n_cut += is_cut;
    return input;
}

static Session run_session(const People *p)
{
    Session s = {0};
    double context = p->system_tok;
    double before = context; /* what the cache may hold */
    for (int turn = 0; turn < p->turns; turn++) {
        context += p->user_tok;
        for (int step = 0; step < p->steps; step++) {
            double input = add_call(p, context, before, &s);
            if (s.n <= 1.0) s.first = input;
            s.last = input;
            before = context + p->output_tok;
            context = before + (step + 1 < p->steps ? p->tool_tok : 0.0);
        }
        for (int check = 0; check < p->verify; check++) add_call(p, context, before, &s);
    }
    return s;
}

static void explain(const People *p, const Session *s, WorkloadBlock *out)
{
    double requests = p->users * p->sessions * s->n, mean = s->input / s->n;
    workload_block_note(out, "calls in a conversation: %d turns x (%d steps + %d checks) = %.0f", p->turns,
                        p->steps, p->verify, s->n);
    workload_block_note(out, "requests a month: %g users x %g conversations x %.0f calls = %.6g", p->users,
                        p->sessions, s->n, requests);
    workload_block_note(out,
                        "input of the first call: %g system + %g message = %g tokens; of the last: %g (all "
                        "before it is sent again)",
                        p->system_tok, p->user_tok, p->system_tok + p->user_tok, s->last);
    workload_block_note(
        out, "input of a conversation: %.6g tokens in all, of which %.6g are new; mean %.6g a call", s->input,
        s->input - s->cached, mean);
    workload_block_note(
        out, "sent before: %.6g tokens = %.1f %% of the input; x %g still in the cache = %.1f %%", s->cached,
        100.0 * s->cached / s->input, p->keep_frac, 100.0 * p->keep_frac * s->cached / s->input);
    workload_block_note(out, "tokens a month: %.4g in, %.4g out", requests * mean, requests * p->output_tok);
    if (s->n_cut > 0)
        workload_block_note(
            out, "%d of %.0f calls would exceed the longest context of %g: their oldest part is dropped",
            s->n_cut, s->n, p->context_tok);
}

bool workload_from_people(const People *people, WorkloadBlock *out, Err *err)
{
    workload_block_init(out);
    for (int i = 0; i < N_PEOPLE_ROWS; i++)
        if (!field_check(&people_rows[i], field_get(&people_rows[i], people), err))
            return err_place(err, "%s", people_rows[i].name);
    if (people->context_tok < people->system_tok + people->output_tok)
        return err_set(err, ERR_DATA,
                       "the longest context of %g tokens does not hold the system prompt and one answer",
                       people->context_tok);
    Session s = run_session(people);
    double mean = s.input / s.n, variance = fmax(0.0, s.input_squared / s.n - mean * mean);
    explain(people, &s, out);
    return workload_block_set(out, "requests_per_month", people->users * people->sessions * s.n, err) &&
           workload_block_set(out, "input_tok", mean, err) &&
           workload_block_set(out, "output_tok", people->output_tok, err) &&
           workload_block_set(out, "input_cv", sqrt(variance) / mean, err) &&
           workload_block_set(out, "cache_hit_frac", people->keep_frac * s.cached / s.input, err) &&
           workload_block_set(out, "retry_frac", people->retry_frac, err) &&
           workload_block_set(out, "max_context_tok", ceil(s.longest), err);
}
