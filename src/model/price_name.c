/* Names as engines, drivers and model hubs write them.
 *
 * Layer: model. "RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic" has the shape of llama-3.1-8b, "NVIDIA H100
 * 80GB HBM3" is an H100. Words are taken off one at a time, so that a longer known name wins over a shorter.
 * Words that make another thing (PCIe, NVL, mini, Distill) stay.
 */
#include "model/price_name.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What is said of the same weights: who they were tuned for, how they are stored. */
static const char *const model_endings[] = {
    "instruct", "chat",  "it",    "hf",   "base",  "gguf",    "awq",       "gptq",     "bnb",  "fp8",
    "fp4",      "nvfp4", "mxfp4", "int8", "int4",  "4bit",    "8bit",      "bf16",     "fp16", "f16",
    "w8a8",     "w8a16", "w4a16", "w4a8", "block", "dynamic", "quantized", "thinking", "kv",
};
static const char *const model_fronts[] = {"meta"};

/* Who makes it, how it is built in. */
static const char *const gpu_endings[] = {
    "sxm",   "sxm2", "sxm3",  "sxm4",  "sxm5",  "sxm6",        "oam",     "gpu",    "gpus",        "hbm2",
    "hbm2e", "hbm3", "hbm3e", "gddr6", "gddr7", "accelerator", "edition", "server", "workstation",
};
static const char *const gpu_fronts[] = {
    "nvidia",   "amd",     "intel",  "apple", "google", "aws", "cloud",
    "instinct", "geforce", "radeon", "tesla", "quadro", "hgx", "dgx",
};

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static bool is_listed(const char *word, size_t length, const char *const *list, int n)
{
    for (int i = 0; i < n; i++)
        if (strlen(list[i]) == length && strncasecmp(word, list[i], length) == 0) return true;
    return false;
}

/* "2507", "0528": when the weights came out. */
static bool is_release(const char *word, size_t length)
{
    enum { DIGITS = 4 };
    return length == DIGITS && strspn(word, "0123456789") == DIGITS;
}

/* "80GB"; what it says, or 0. */
static double gigabytes(const char *word)
{
    char *end;
    double value = isdigit((unsigned char)*word) ? strtod(word, &end) : 0;
    return value > 0 && (strcasecmp(end, "gb") == 0 || strcasecmp(end, "g") == 0) ? value : 0;
}

/* Cuts ".gguf" files at their format: "-Q4_K_M", " IQ2_XS - 2.31 bpw". */
static bool block_format_cut(char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        if (isalnum((unsigned char)*at) || at == text) continue;
        const char *q = at + 1 + (tolower((unsigned char)at[1]) == 'i');
        if (tolower((unsigned char)q[0]) != 'q' || !isdigit((unsigned char)q[1]) ||
            isdigit((unsigned char)q[2]))
            continue;
        *at = '\0';
        return true;
    }
    return false;
}

static bool ending_cut(PriceName *name, bool is_model)
{
    size_t length = strlen(name->text), start = length;
    while (start > 0 && isalnum((unsigned char)name->text[start - 1])) start--;
    if (start == 0) return false;
    const char *word = name->text + start;
    double memory_gb = is_model ? 0 : gigabytes(word);
    bool is_cut = start == length || memory_gb > 0;
    if (is_model)
        is_cut = is_cut || is_release(word, length - start) ||
                 is_listed(word, length - start, model_endings, COUNT(model_endings));
    else
        is_cut = is_cut || is_listed(word, length - start, gpu_endings, COUNT(gpu_endings));
    if (!is_cut) return false;
    if (memory_gb > 0) name->memory_gb = memory_gb;
    name->text[start - 1] = '\0';
    return true;
}

static bool front_cut(PriceName *name, bool is_model)
{
    size_t length = 0;
    while (isalnum((unsigned char)name->text[length])) length++;
    bool is_cut = is_model ? is_listed(name->text, length, model_fronts, COUNT(model_fronts))
                           : is_listed(name->text, length, gpu_fronts, COUNT(gpu_fronts));
    if (!is_cut || name->text[length] == '\0') return false;
    memmove(name->text, name->text + length + 1, strlen(name->text + length + 1) + 1);
    return true;
}

const char *price_name_bare(const char *name)
{
    const char *slash = strrchr(name, '/');
    return slash != NULL ? slash + 1 : name;
}

bool price_name_start(PriceName *name, const char *text)
{
    const char *start = price_name_bare(text);
    size_t length = strlen(start);
    if (length >= PRICE_NAME_BYTES) return false;
    name->memory_gb = 0;
    memcpy(name->text, start, length + 1);
    return true;
}

bool price_name_shorten(PriceName *name, bool is_model)
{
    return front_cut(name, is_model) || (is_model && block_format_cut(name->text)) ||
           ending_cut(name, is_model);
}
