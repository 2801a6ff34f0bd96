/* A machine's limits, and kernels beside them, for people. Layer: view. */
#include "tokentco/machine_text.h"

#include "tokentco/bench.h"
#include "tokentco/chart.h"
#include "tokentco/format.h"

#include <math.h>
#include <string.h>

enum { CHART_HEIGHT = 18, GEMM_ROWS_SHOWN = 64, BAR_WIDTH = 20 };
static const double intensity_min = 0.25, intensity_max = 2048.0;
static const char probe_prefix[] = "probe_";

static bool is_probe(const MeasureLimit *limit)
{
    return strncmp(limit->name, probe_prefix, sizeof probe_prefix - 1) == 0;
}

/* Is this the first row of its name? */
static bool is_first(const Measurement *record, int at)
{
    for (int i = 0; i < at; i++)
        if (strcmp(record->limits[i].name, record->limits[at].name) == 0) return false;
    return true;
}

static void add_probes(const Measurement *record, int at, Text *out)
{
    const MeasureLimit *limit = &record->limits[at];
    double least = limit->value, most = limit->value;
    char low[FORMAT_BYTES], high[FORMAT_BYTES];
    int n = 0;
    for (int i = at; i < record->n_limits; i++) {
        if (strcmp(record->limits[i].name, limit->name) != 0) continue;
        least = fmin(least, record->limits[i].value);
        most = fmax(most, record->limits[i].value);
        n++;
    }
    format_si(least, low);
    format_si(most, high);
    text_addf(out, "  %s between the points, %d times: %s to %s%s\n", limit->name + sizeof probe_prefix - 1,
              n, low, high, limit->unit);
}

void machine_add_limits(const Measurement *record, Text *out)
{
    if (record->n_limits > 0) text_add(out, "limits of the machine\n");
    for (int i = 0; i < record->n_limits; i++) {
        const MeasureLimit *limit = &record->limits[i];
        if (!is_first(record, i)) continue;
        if (strcmp(limit->name, MEASURE_READ_BESIDE) == 0) {
            char value[FORMAT_BYTES];
            format_si(limit->value, value);
            text_addf(out, "  rates are told for memory that reads %s%s, the median beside the steps\n",
                      value, limit->unit);
            continue;
        }
        if (strcmp(limit->name, MEASURE_ARITHMETIC_BESIDE) == 0) {
            char value[FORMAT_BYTES];
            format_si(limit->value, value);
            text_addf(out, "  and for arithmetic of %s%s\n", value, limit->unit);
            continue;
        }
        if (is_probe(limit)) {
            add_probes(record, i, out);
            continue;
        }
        text_addf(out, "  %-10s", limit->name);
        /* Measured from all threads down; people read upwards. */
        for (int j = record->n_limits; j-- > i;) {
            const MeasureLimit *other = &record->limits[j];
            char value[FORMAT_BYTES];
            if (strcmp(other->name, limit->name) != 0) continue;
            format_si(other->value, value);
            text_addf(out, "  %3d: %6s%s", other->threads, value, other->unit);
        }
        text_add(out, "\n");
    }
}

/* ---- kernels ---- */

/* Operations per byte that a product or attention must move; 0 for the others. */
static double intensity_of(const MeasureKernel *kernel)
{
    double bytes;
    if (strcmp(kernel->name, "attention_f16") == 0) return kernel->m; /* 4 m n k operations on 4 n k bytes */
    const char *format = strchr(kernel->name, '_');
    bool is_product = strncmp(kernel->name, "gem", 3) == 0 && format != NULL;
    return is_product && bench_format_bytes(format + 1, &bytes) ? 2.0 * kernel->m / bytes : 0.0;
}

static bool is_compute_bound(const MeasureKernel *kernel)
{
    return strncmp(kernel->limit_name, "fma_", 4) == 0;
}

/* The letter of each kernel that the picture shows: those on the record's threads, without the small batches.
 */
char machine_kernel_letter(const Measurement *record, int at)
{
    int n = 0;
    for (int i = 0; i <= at; i++) {
        const MeasureKernel *kernel = &record->kernels[i];
        bool is_batch = strncmp(kernel->name, "gemm", 4) == 0 && kernel->m < GEMM_ROWS_SHOWN;
        bool is_shown = kernel->threads == record->n_threads && intensity_of(kernel) > 0.0 && !is_batch;
        if (i == at) return is_shown && n < CHART_MARKS_MAX ? (char)('a' + n) : ' ';
        n += is_shown;
    }
    return ' ';
}

void machine_add_kernels(const Measurement *record, const Style *style, Text *out)
{
    if (record->n_kernels == 0) return;
    text_addf(out, "kernels beside their limits\n    %-14s %5s %7s %5s %7s %9s  %-9s  share\n", "kernel", "m",
              "n", "k", "threads", "reached", "of");
    for (int i = 0; i < record->n_kernels; i++) {
        const MeasureKernel *kernel = &record->kernels[i];
        char value[FORMAT_BYTES], share[FORMAT_BYTES];
        int full = (int)lround(BAR_WIDTH * fmin(kernel->share_frac, 1.0));
        format_si(kernel->value, value);
        format_percent(kernel->share_frac, share);
        text_addf(out, "  %c %-14s %5d %7d %5d %7d %6s%-6s %-9s %5s ", machine_kernel_letter(record, i),
                  kernel->name, kernel->m, kernel->n, kernel->k, kernel->threads, value,
                  is_compute_bound(kernel) ? "op/s" : "B/s", kernel->limit_name, share);
        for (int j = 0; j < full; j++) text_add(out, style->is_utf8 ? "\xe2\x96\x88" : "#");
        text_add(out, "\n");
    }
}

/* ---- the picture ---- */

static double limit_on(const Measurement *record, const char *name)
{
    for (int i = 0; i < record->n_limits; i++)
        if (record->limits[i].threads == record->n_threads && strcmp(record->limits[i].name, name) == 0)
            return record->limits[i].value;
    return 0.0;
}

/* One roof a type: what memory feeds, and then the peak. */
static int add_roofs(const Measurement *record, Chart *chart, const double *x, double y[][ROOF_POINTS])
{
    static const struct {
        const char *limit, *name, *label;
    } roofs[] = {{"fma_f32", "f32", "f32"}, {"fma_bf16", "bf16", "b16"}, {"fma_int8", "int8", "i8"}};
    double read_b_s = limit_on(record, "read_dram");
    for (size_t i = 0; i < sizeof roofs / sizeof *roofs; i++) {
        double peak = limit_on(record, roofs[i].limit);
        if (!(peak > 0.0) || !(read_b_s > 0.0)) continue;
        for (int p = 0; p < ROOF_POINTS; p++) y[i][p] = fmin(peak, read_b_s * x[p]);
        chart->series[chart->n_series++] =
            (ChartSeries){roofs[i].name, roofs[i].label, (int)i, ROOF_POINTS, x, y[i], NULL};
    }
    return chart->n_series;
}

static void add_kernels(const Measurement *record, Roofline *out)
{
    Chart *chart = &out->chart;
    for (int i = 0; i < record->n_kernels; i++) {
        const MeasureKernel *kernel = &record->kernels[i];
        char letter = machine_kernel_letter(record, i), *label = out->labels[chart->n_marks];
        double intensity = intensity_of(kernel);
        if (letter == ' ') continue;
        label[0] = letter;
        label[1] = '\0';
        double op_s = is_compute_bound(kernel) ? kernel->value : kernel->value * intensity;
        chart->marks[chart->n_marks++] = (ChartMark){intensity, op_s, label};
    }
}

bool machine_draw_roofline(const Measurement *record, Roofline *out)
{
    out->chart =
        (Chart){.title = "roofline: operations per second over operations per byte, both logarithmic",
                .x = {SCALE_LOG, true, intensity_min, intensity_max, "operations per byte"},
                .y = {.scale = SCALE_LOG, .title = "op/s"}};
    for (int p = 0; p < ROOF_POINTS; p++)
        out->x[p] = intensity_min * pow(intensity_max / intensity_min, (double)p / (ROOF_POINTS - 1));
    if (add_roofs(record, &out->chart, out->x, out->y) == 0) return false;
    add_kernels(record, out);
    return out->chart.n_marks > 0;
}

bool machine_add_roofline(const Measurement *record, const Style *style, Text *out)
{
    Roofline roofline;
    if (!machine_draw_roofline(record, &roofline)) return false;
    chart_add_text(&roofline.chart, style, 0, CHART_HEIGHT, out);
    return true;
}
