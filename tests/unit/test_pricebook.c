/* The shipped price book and as-of lookups. */
#include "test.h"
#include "tokentco/file.h"
#include "tokentco/price_tables.h"

#include <stdlib.h>
#include <unistd.h>

static PriceBook book;

static int open_book(void **state)
{
    (void)state;
    ErrList errors;
    err_list_init(&errors);
    unsetenv("TOKENTCO_PRICING");
    setenv("XDG_DATA_HOME", "/nonexistent", 1);
    bool is_ok = pricebook_open(&book, NULL, &errors) && pricebook_need_all(&book, &errors);
    err_list_print(&errors, stdout);
    err_list_free(&errors);
    return is_ok ? 0 : -1;
}

static int close_book(void **state)
{
    (void)state;
    pricebook_close(&book);
    return 0;
}

static Date day(const char *text)
{
    Date date = 0;
    assert_true(parse_date(text, &date, NULL));
    return date;
}

/* The four accelerators that the worked numbers of the method rest on. */
static void reference_accelerators_have_the_method_s_figures(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double memory, bandwidth, link, f16, f8;
    } wanted[] = {{"H100", 80e9, 3.35e12, 450e9, 989e12, 1979e12},
                  {"H200", 141e9, 4.8e12, 450e9, 989e12, 1979e12},
                  {"A100", 80e9, 2.039e12, 300e9, 312e12, 312e12},
                  {"L4", 24e9, 0.30e12, 32e9, 121e12, 242e12}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        AccelSpec spec;
        Err err = {0};
        if (!pricebook_accelerator(&book, wanted[i].name, day("2026-11-25"), &spec, NULL, &err))
            fail_msg("%s: %s", wanted[i].name, err.text);
        assert_close(spec.memory_bytes, wanted[i].memory, 1e-12);
        assert_close(spec.bandwidth_bytes_s, wanted[i].bandwidth, 1e-12);
        assert_close(spec.link_bytes_s, wanted[i].link, 1e-12);
        assert_close(spec.flops_16bit, wanted[i].f16, 1e-12);
        assert_close(spec.flops_8bit, wanted[i].f8, 1e-12);
    }
}

static void unknown_names_suggest_the_nearest(void **state)
{
    (void)state;
    AccelSpec spec;
    ModelShape shape;
    Err err = {0};
    assert_false(pricebook_accelerator(&book, "H1000", day("2026-11-25"), &spec, NULL, &err));
    assert_non_null(strstr(err.text, "did you mean 'H100'"));
    Err other = {0};
    assert_false(pricebook_shape(&book, "llama-3.3-71b", day("2026-11-25"), &shape, NULL, &other));
    assert_non_null(strstr(other.text, "llama-3.3-70b"));
}

static void names_are_found_however_they_are_punctuated(void **state)
{
    (void)state;
    static const struct {
        const char *name, *params_of;
    } wanted[] = {{"qwen25-7b", "qwen2.5-7b"},
                  {"Llama-2-7b-chat-hf", "llama-2-7b"},
                  {"some-mirror/Llama-3.2-1B-Instruct", "llama-3.2-1b"},
                  {"gemma3 27b it", "gemma-3-27b"},
                  {"RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic", "llama-3.1-8b"},
                  {"Qwen/Qwen3-4B-Instruct-2507", "qwen3-4b"},
                  {"Meta-Llama-3-8B-Instruct-Q4_K_M.gguf", "llama-3-8b"},
                  {"Qwen/QwQ-32B-AWQ", "qwen2.5-32b"},
                  {"TinyLlama-1.1B-Chat-v1.0", "tinyllama-1.1b"}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        ModelShape found, meant;
        Err err = {0};
        if (!pricebook_shape(&book, wanted[i].name, day("2026-11-25"), &found, NULL, &err))
            fail_msg("%s: %s", wanted[i].name, err.text);
        assert_true(pricebook_shape(&book, wanted[i].params_of, day("2026-11-25"), &meant, NULL, &err));
        assert_close(found.params_total, meant.params_total, 0.0);
        assert_int_equal(found.layers, meant.layers);
    }
    AccelSpec spec;
    Err err = {0};
    assert_true(pricebook_accelerator(&book, "TPU v6e", day("2026-11-25"), &spec, NULL, &err));
    assert_false(pricebook_accelerator(&book, "", day("2026-11-25"), &spec, NULL, &err));
    err = (Err){0};
    assert_false(pricebook_shape(&book, "phi-4-mini", day("2026-11-25"), &(ModelShape){0}, NULL, &err));
}

/* "80GB" may be left off only where the card found has it; other words that mean another card never are. */
static void names_of_drivers_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *name, *id; /* NULL: no such accelerator */
    } wanted[] = {{"NVIDIA H100 80GB HBM3", "H100"}, {"H200 SXM 141GB", "H200"},
                  {"H200 SXM 80GB", NULL},           {"Tesla V100 32GB", "V100-32GB"},
                  {"GeForce RTX 3090", "RTX-3090"},  {"NVIDIA A100 40GB PCIe", "A100-40GB-PCIe"},
                  {"MI300X OAM", "MI300X"},          {"NVIDIA H100 80GB HBM3 MIG 1g.10gb", NULL}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        AccelSpec spec;
        const PriceRow *row = NULL;
        Err err = {0};
        bool is_found = pricebook_accelerator(&book, wanted[i].name, day("2026-11-25"), &spec, &row, &err);
        if (is_found != (wanted[i].id != NULL)) fail_msg("%s: %s", wanted[i].name, err.text);
        if (is_found) assert_string_equal(row->cells[ACC_GPU].text, wanted[i].id);
    }
}

/* ---- as-of on a small overlay ---- */

static const char overlay_csv[] =
    "provider,region,gpu,gpus_per_instance,term,usd_per_gpu_h,valid_from,seen_until,source,retrieved_on,"
    "note\n"
    "testcloud,any,H100,8,on_demand,8.25,2023-05-01,,list,2023-05-02,\n"
    "testcloud,any,H100,8,on_demand,2.35,2025-10-01,2026-03-31,list,2026-04-01,\n"
    "testcloud,any,H100,1,on_demand,3.10,2024-01-01,,list,2024-01-02,\n"
    "testcloud,any,H100,1,on_demand,4.00,2026-09-01,2026-08-30,list,2026-08-21,cancelled announcement\n"
    "testcloud,any,H100,1,on_demand,3.30,2026-12-01,,list,2026-11-01,announced\n";

static void lookups_follow_the_calendar(void **state)
{
    (void)state;
    char folder[] = "/tmp/tokentco-book-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    snprintf(path, sizeof path, "%s/gpu_rental.csv", folder);
    assert_true(file_write_atomic(path, overlay_csv, strlen(overlay_csv), NULL));
    PriceBook own;
    ErrList errors;
    err_list_init(&errors);
    assert_true(pricebook_open(&own, folder, &errors));
    bool is_ok = pricebook_need(&own, PRICE_GPU_RENTAL, &errors);
    err_list_print(&errors, stdout);
    assert_true(is_ok);

    const char *eight[] = {"testcloud", "any", "H100", "8", "on_demand"};
    const char *one[] = {"testcloud", "any", "H100", "1", "on_demand"};
    const char *any[] = {"testcloud", NULL, "H100", NULL, "on_demand"};
    const PriceRow *ended = NULL;
    assert_null(pricebook_find(&own, PRICE_GPU_RENTAL, eight, 5, day("2023-04-30"), -1, &ended));
    assert_null(ended);
    const PriceRow *row = pricebook_find(&own, PRICE_GPU_RENTAL, eight, 5, day("2025-09-30"), -1, NULL);
    assert_non_null(row);
    assert_close(row->cells[RENTAL_USD_PER_GPU_H].number, 8.25, 0.0);
    row = pricebook_find(&own, PRICE_GPU_RENTAL, eight, 5, day("2026-03-31"), -1, NULL);
    assert_non_null(row);
    assert_close(row->cells[RENTAL_USD_PER_GPU_H].number, 2.35, 0.0);
    /* An ended series has no price, not its older one. */
    assert_null(pricebook_find(&own, PRICE_GPU_RENTAL, eight, 5, day("2026-04-01"), -1, &ended));
    assert_non_null(ended);
    /* The cancelled announcement never holds; the announced one from its day on. */
    row = pricebook_find(&own, PRICE_GPU_RENTAL, one, 5, day("2026-10-15"), -1, NULL);
    assert_non_null(row);
    assert_close(row->cells[RENTAL_USD_PER_GPU_H].number, 3.10, 0.0);
    row = pricebook_find(&own, PRICE_GPU_RENTAL, one, 5, day("2026-12-01"), -1, NULL);
    assert_non_null(row);
    assert_true(price_row_is_announced(row));
    row = pricebook_find(&own, PRICE_GPU_RENTAL, any, 5, day("2026-01-15"), RENTAL_USD_PER_GPU_H, NULL);
    assert_non_null(row);
    assert_close(row->cells[RENTAL_USD_PER_GPU_H].number, 2.35, 0.0);
    pricebook_close(&own);
    err_list_free(&errors);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_accelerators_have_the_method_s_figures),
        cmocka_unit_test(unknown_names_suggest_the_nearest),
        cmocka_unit_test(names_are_found_however_they_are_punctuated),
        cmocka_unit_test(names_of_drivers_are_found),
        cmocka_unit_test(lookups_follow_the_calendar),
    };
    return cmocka_run_group_tests(tests, open_book, close_book);
}
