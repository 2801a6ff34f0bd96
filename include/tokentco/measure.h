/* Measurement record: what was measured, on what, how, and with what spread.
 *
 * Layer: step (plain data that bench fills, feed reads and writes as JSON, and model plans with). One record
 * a run, or one imported file. Strings and arrays are owned by the arena that the record was made with.
 */
#ifndef TOKENTCO_MEASURE_H
#define TOKENTCO_MEASURE_H

#include "tokentco/arena.h"
#include "tokentco/step.h"

#include <stdbool.h>

enum { MEASURE_SCHEMA = 1 };

/* The limits that state the memory bandwidth and the rate of arithmetic which the rates of the points hold
 * for. */
#define MEASURE_READ_BESIDE       "read_dram_beside"
#define MEASURE_ARITHMETIC_BESIDE "arithmetic_beside"

/* How fast a machine is at a moment: others share its memory and, as hyperthreads, its cores. 0: not known.
 */
typedef struct MachinePace {
    double read_b_s, arithmetic_op_s;
} MachinePace;

typedef enum MeasureOrigin { MEASURED_HERE, MEASURED_IMPORTED } MeasureOrigin;
typedef enum MeasurePhase { PHASE_PREFILL, PHASE_DECODE, PHASE_SERVING } MeasurePhase;
/* What a rate counts. */
typedef enum RateCounts { RATE_PROMPT, RATE_OUTPUT, RATE_TOTAL } RateCounts;
/* Was the machine quiet while the samples were taken? Imported points are UNKNOWN. */
typedef enum NoiseVerdict { NOISE_UNKNOWN, NOISE_QUIET, NOISE_NOISY } NoiseVerdict;

typedef struct MeasurePoint {
    MeasurePhase phase;
    RateCounts counts;
    int threads;    /* 0: not known */
    int prompt_tok; /* tokens prefilled; 0 for pure decode */
    int output_tok; /* tokens generated; 0 for pure prefill */
    int depth_tok;  /* tokens already in the cache */
    double batch;   /* sequences at once (static batch or mean concurrency); 0: not known */
    bool has_arrival;
    double arrival_req_s;
    double rate_tok_s; /* median of the samples, of all at the one pace that measurement_pace states */
    double rate_p10_tok_s, rate_p90_tok_s;
    bool has_ttft, has_tpot;
    double ttft_s, tpot_s; /* mean where the source gives it, else median */
    int n_samples;
    const double *samples_tok_s; /* as they were */
    int n_samples_read;
    const double *samples_read_b_s; /* memory bandwidth beside each; none: not known */
    int n_samples_arithmetic;
    const double *samples_arithmetic_op_s; /* the same of arithmetic */
    NoiseVerdict noise;
    const char *note; /* "" when there is nothing to say */
} MeasurePoint;

/* A limit of the machine measured in the same run: "read_dram", "fma_f32", ... */
typedef struct MeasureLimit {
    const char *name;
    const char *unit; /* "B/s", "FLOP/s", "OP/s" */
    int threads;
    double value;
} MeasureLimit;

/* A kernel beside its limit. */
typedef struct MeasureKernel {
    const char *name; /* "gemm_q8_0", "gemv_f32", "attention_f16" */
    int m, n, k, threads;
    double value; /* in the limit's unit */
    double limit;
    const char *limit_name;
    double share_frac;
} MeasureKernel;

/* Fitted step-time coefficients (names of EFFICIENCY_FIELDS), with standard errors and covariance. */
enum { MEASURE_COEFFICIENTS_MAX = 16 };
typedef struct MeasureFit {
    int n;
    const char *names[MEASURE_COEFFICIENTS_MAX];
    double values[MEASURE_COEFFICIENTS_MAX];
    double covariance[MEASURE_COEFFICIENTS_MAX][MEASURE_COEFFICIENTS_MAX];
    double median_error_frac, worst_error_frac; /* of the points it was fitted to */
} MeasureFit;

/* Share of this machine's capability that a named engine delivers. */
typedef struct EngineShare {
    const char *engine, *engine_version;
    MeasurePhase phase;
    const char *weight_format;
    double share_frac, share_p10, share_p90;
    const char *source; /* "measured in this run", or where the shipped figure is from */
} EngineShare;

typedef struct Measurement {
    char id[65];      /* SHA-256 of the content without the id */
    const char *when; /* "2026-11-25T16:02:09Z"; "" when an imported file does not say */
    MeasureOrigin origin;
    const char *tool, *tool_version, *file_hash; /* imported: by what, from what; "" when measured here */
    const char *hardware;                        /* CPU or accelerator name */
    bool is_cpu;
    int n_devices;          /* accelerators or sockets */
    int n_cores, n_threads; /* visible cores; threads used for the headline points */
    double memory_bytes;    /* 0: unknown */
    double cpu_quota;       /* cgroup limit in cores; 0: none */
    const char *topology;   /* "2 cores, 1 package, L3 32 MiB" */
    const char *engine, *engine_version, *compiler, *flags, *isa, *governor;
    const char *model; /* id as in pricing/models.csv, or the name the tool gives */
    bool has_shape;
    ModelShape shape;
    const char *weight_format, *kv_format;  /* "q8_0", "f16", ...; "" unknown */
    double weight_bytes, kv_bytes;          /* per value, scales included; 0: unknown */
    int tensor_parallel, pipeline_parallel; /* 0: unknown */
    int layers_run; /* of shape.layers; fewer: times of a whole model are extrapolated */
    unsigned long long seed;
    int n_points, n_limits, n_kernels, n_shares;
    MeasurePoint *points;
    MeasureLimit *limits;
    MeasureKernel *kernels;
    EngineShare *shares;
    bool has_fit;
    MeasureFit fit;
    NoiseVerdict noise;     /* of the whole run */
    const char *noise_note; /* what was seen: steal time, context switches, frequency drift */
    const char *note;
} Measurement;

const char *measure_phase_name(MeasurePhase phase);
const char *measure_counts_name(RateCounts counts);
const char *measure_noise_name(NoiseVerdict noise);

/* The point that speaks for a phase, at the record's thread count and the smallest depth: prefill at the
 * longest prompt, the others at the highest rate. Borrowed; NULL when there is none. */
const MeasurePoint *measurement_headline(const Measurement *record, MeasurePhase phase);

/* Pace of all threads that the rates of the points hold for: the medians beside them. In older records the
 * bandwidth is the mean of what was read between them, else the limit of the run. */
MachinePace measurement_pace(const Measurement *record);

/* The unmixed rates of a record that a plan takes when there is no fit: those of the headline points of
 * prefill and decode. A record of serving points only is split so that E9 gives the measured request rate
 * back; that needs TTFT and TPOT. False when there is neither. */
bool measurement_rates(const Measurement *record, MeasuredRates *out);

#endif
