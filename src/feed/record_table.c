/* Tables of the members of a measurement record. Layer: feed. */
#include "feed/record_table.h"

static const char *origin_word(int i)
{
    static const char *const words[] = {[MEASURED_HERE] = "measured here", [MEASURED_IMPORTED] = "imported"};
    return i < 2 ? words[i] : NULL;
}
static const char *phase_word(int i)
{
    return i <= PHASE_SERVING ? measure_phase_name((MeasurePhase)i) : NULL;
}
static const char *counts_word(int i)
{
    return i <= RATE_TOTAL ? measure_counts_name((RateCounts)i) : NULL;
}
static const char *noise_word(int i)
{
    return i <= NOISE_NOISY ? measure_noise_name((NoiseVerdict)i) : NULL;
}

#define MEMBER(type, kind, key, member)                                                                      \
    {                                                                                                        \
        key, kind, offsetof(type, member), 0, NULL                                                           \
    }
#define MEMBER_WITH(type, kind, key, member, other)                                                          \
    {                                                                                                        \
        key, kind, offsetof(type, member), offsetof(type, other), NULL                                       \
    }
#define MEMBER_OF(type, key, member, words)                                                                  \
    {                                                                                                        \
        key, MEMBER_WORD, offsetof(type, member), 0, words                                                   \
    }
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const Member head_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "when", when),
    MEMBER_OF(Measurement, "origin", origin, origin_word),
    MEMBER(Measurement, MEMBER_TEXT, "note", note),
};
static const Member tool_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "name", tool),
    MEMBER(Measurement, MEMBER_TEXT, "version", tool_version),
    MEMBER(Measurement, MEMBER_TEXT, "file_sha256", file_hash),
};
static const Member hardware_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "name", hardware),
    MEMBER(Measurement, MEMBER_FLAG, "is_cpu", is_cpu),
    MEMBER(Measurement, MEMBER_COUNT, "n_devices", n_devices),
    MEMBER(Measurement, MEMBER_COUNT, "n_cores", n_cores),
    MEMBER(Measurement, MEMBER_COUNT, "n_threads", n_threads),
    MEMBER(Measurement, MEMBER_NUMBER, "memory_bytes", memory_bytes),
    MEMBER(Measurement, MEMBER_NUMBER, "cpu_quota", cpu_quota),
    MEMBER(Measurement, MEMBER_TEXT, "topology", topology),
    MEMBER(Measurement, MEMBER_TEXT, "isa", isa),
    MEMBER(Measurement, MEMBER_TEXT, "governor", governor),
};
static const Member software_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "engine", engine),
    MEMBER(Measurement, MEMBER_TEXT, "engine_version", engine_version),
    MEMBER(Measurement, MEMBER_TEXT, "compiler", compiler),
    MEMBER(Measurement, MEMBER_TEXT, "flags", flags),
};
static const Member model_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "name", model),
    MEMBER(Measurement, MEMBER_TEXT, "weight_format", weight_format),
    MEMBER(Measurement, MEMBER_TEXT, "kv_format", kv_format),
    MEMBER(Measurement, MEMBER_NUMBER, "weight_bytes", weight_bytes),
    MEMBER(Measurement, MEMBER_NUMBER, "kv_bytes", kv_bytes),
    MEMBER(Measurement, MEMBER_COUNT, "tensor_parallel", tensor_parallel),
    MEMBER(Measurement, MEMBER_COUNT, "pipeline_parallel", pipeline_parallel),
    MEMBER(Measurement, MEMBER_COUNT, "layers_run", layers_run),
};
static const Member noise_members[] = {
    MEMBER_OF(Measurement, "verdict", noise, noise_word),
    MEMBER(Measurement, MEMBER_TEXT, "note", noise_note),
};
static const Member point_members[] = {
    MEMBER_OF(MeasurePoint, "phase", phase, phase_word),
    MEMBER_OF(MeasurePoint, "counts", counts, counts_word),
    MEMBER(MeasurePoint, MEMBER_COUNT, "threads", threads),
    MEMBER(MeasurePoint, MEMBER_COUNT, "prompt_tok", prompt_tok),
    MEMBER(MeasurePoint, MEMBER_COUNT, "output_tok", output_tok),
    MEMBER(MeasurePoint, MEMBER_COUNT, "depth_tok", depth_tok),
    MEMBER(MeasurePoint, MEMBER_NUMBER, "batch", batch),
    MEMBER_WITH(MeasurePoint, MEMBER_OPTIONAL, "arrival_req_s", arrival_req_s, has_arrival),
    MEMBER(MeasurePoint, MEMBER_POSITIVE, "rate_tok_s", rate_tok_s),
    MEMBER(MeasurePoint, MEMBER_POSITIVE, "rate_p10_tok_s", rate_p10_tok_s),
    MEMBER(MeasurePoint, MEMBER_POSITIVE, "rate_p90_tok_s", rate_p90_tok_s),
    MEMBER_WITH(MeasurePoint, MEMBER_OPTIONAL, "ttft_s", ttft_s, has_ttft),
    MEMBER_WITH(MeasurePoint, MEMBER_OPTIONAL, "tpot_s", tpot_s, has_tpot),
    MEMBER_WITH(MeasurePoint, MEMBER_NUMBERS, "samples_tok_s", samples_tok_s, n_samples),
    MEMBER_WITH(MeasurePoint, MEMBER_LATER, "samples_read_b_s", samples_read_b_s, n_samples_read),
    MEMBER_WITH(MeasurePoint, MEMBER_LATER, "samples_arithmetic_op_s", samples_arithmetic_op_s,
                n_samples_arithmetic),
    MEMBER_OF(MeasurePoint, "noise", noise, noise_word),
    MEMBER(MeasurePoint, MEMBER_TEXT, "note", note),
};
static const Member limit_members[] = {
    MEMBER(MeasureLimit, MEMBER_TEXT, "name", name),
    MEMBER(MeasureLimit, MEMBER_TEXT, "unit", unit),
    MEMBER(MeasureLimit, MEMBER_COUNT, "threads", threads),
    MEMBER(MeasureLimit, MEMBER_POSITIVE, "value", value),
};
static const Member kernel_members[] = {
    MEMBER(MeasureKernel, MEMBER_TEXT, "name", name),
    MEMBER(MeasureKernel, MEMBER_COUNT, "m", m),
    MEMBER(MeasureKernel, MEMBER_COUNT, "n", n),
    MEMBER(MeasureKernel, MEMBER_COUNT, "k", k),
    MEMBER(MeasureKernel, MEMBER_COUNT, "threads", threads),
    MEMBER(MeasureKernel, MEMBER_POSITIVE, "value", value),
    MEMBER(MeasureKernel, MEMBER_NUMBER, "limit", limit),
    MEMBER(MeasureKernel, MEMBER_TEXT, "limit_name", limit_name),
    MEMBER(MeasureKernel, MEMBER_NUMBER, "share_frac", share_frac),
};
static const Member share_members[] = {
    MEMBER(EngineShare, MEMBER_TEXT, "engine", engine),
    MEMBER(EngineShare, MEMBER_TEXT, "engine_version", engine_version),
    MEMBER_OF(EngineShare, "phase", phase, phase_word),
    MEMBER(EngineShare, MEMBER_TEXT, "weight_format", weight_format),
    MEMBER(EngineShare, MEMBER_POSITIVE, "share_frac", share_frac),
    MEMBER(EngineShare, MEMBER_POSITIVE, "share_p10", share_p10),
    MEMBER(EngineShare, MEMBER_POSITIVE, "share_p90", share_p90),
    MEMBER(EngineShare, MEMBER_TEXT, "source", source),
};
const Member record_fit_members[N_FIT_MEMBERS] = {
    MEMBER(MeasureFit, MEMBER_NUMBER, "median_error_frac", median_error_frac),
    MEMBER(MeasureFit, MEMBER_NUMBER, "worst_error_frac", worst_error_frac),
};

#define FIELD_GROUP ModelShape
static const FieldRow shape_rows[] = {SHAPE_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP

const Section record_sections[N_RECORD_SECTIONS] = {
    {"", head_members, COUNT_OF(head_members)},
    {"tool", tool_members, COUNT_OF(tool_members)},
    {"hardware", hardware_members, COUNT_OF(hardware_members)},
    {"software", software_members, COUNT_OF(software_members)},
    {"model", model_members, COUNT_OF(model_members)},
    {"noise", noise_members, COUNT_OF(noise_members)},
};

#define LIST_ROW(key, members, type, count, items)                                                           \
    {                                                                                                        \
        key, members, COUNT_OF(members), sizeof(type), offsetof(Measurement, count),                         \
            offsetof(Measurement, items)                                                                     \
    }
const ListRow record_lists[N_RECORD_LISTS] = {
    LIST_ROW("points", point_members, MeasurePoint, n_points, points),
    LIST_ROW("limits", limit_members, MeasureLimit, n_limits, limits),
    LIST_ROW("kernels", kernel_members, MeasureKernel, n_kernels, kernels),
    LIST_ROW("engine_shares", share_members, EngineShare, n_shares, shares),
};

const FieldRow *record_shape_rows(size_t *n)
{
    *n = COUNT_OF(shape_rows);
    return shape_rows;
}
