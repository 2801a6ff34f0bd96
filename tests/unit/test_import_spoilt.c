/* Importing what others measured: files spoilt at random. */
#include "loaded_case.h"
#include "tokentco/file.h"

#include <stdlib.h>
#include <unistd.h>

/* xorshift64: the same cases in every run. */
static unsigned next_random(void)
{
    static unsigned long long state = 88172645463325252ULL;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 11);
}

/* One to four edits: a byte changed, a word put in, a stretch taken out, the end cut off. Returns the new
 * length. */
static size_t spoil(char *text, size_t n)
{
    static const char *const words[] = {"\"",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        ":",
                                        "-",
                                        "1e308",
                                        "0",
                                        "null",
                                        "NaN",
                                        "Infinity",
                                        "\n",
                                        "\r\n",
                                        "'",
                                        "|",
                                        "\\u0000",
                                        "9999999999999999999",
                                        "true",
                                        "\xff",
                                        "VALUES",
                                        "(",
                                        " @ d",
                                        "Metric"};
    for (unsigned edits = 1 + next_random() % 4; edits > 0 && n > 2; edits--) {
        size_t at = next_random() % n, length;
        const char *word = words[next_random() % (sizeof words / sizeof words[0])];
        switch (next_random() % 4) {
        case 0:
            text[at] = (char)next_random();
            break;
        case 1:
            length = strlen(word);
            memmove(text + at + length, text + at, n - at);
            memcpy(text + at, word, length);
            n += length;
            break;
        case 2:
            length = next_random() % (n - at) % 40;
            memmove(text + at, text + at + length, n - at - length);
            n -= length;
            break;
        default:
            n = at + 1;
            break;
        }
    }
    return n;
}

/* What was accepted must be a record that reads back. */
static void check_sound(const char *file, const Loaded *loaded)
{
    for (int i = 0; i < loaded->n; i++) {
        Arena arena;
        ErrList errors;
        Measurement copy;
        char *text = record_dump(&loaded->records[i], NULL);
        assert_non_null(text);
        arena_init(&arena);
        err_list_init(&errors);
        if (!record_parse("spoilt", text, strlen(text), &arena, &copy, &errors)) {
            err_list_print(&errors, stderr);
            fail_msg("a spoilt %s became a record that cannot be read", file);
        }
        err_list_free(&errors);
        arena_free(&arena);
        free(text);
    }
}

/* Spoilt in any way, a file gives records that hold or a fault, and nothing else. */
static void spoilt_files_never_half_load(void **state)
{
    (void)state;
    enum { ROUNDS = 120, ROOM = 4096 };
    static const ImportHints hints = {.seconds = 60.0};
    static const char *const files[] = {"llama.csv",
                                        "llama.json",
                                        "llama.jsonl",
                                        "llama.sql",
                                        "llama.md",
                                        "vllm.jsonl",
                                        "sglang.jsonl",
                                        "trtllm.json",
                                        "inferencex-disagg.json",
                                        "genai.csv",
                                        "genai.json",
                                        "aiperf.json",
                                        "aiperf.csv",
                                        "aiperf.jsonl",
                                        "mlperf.txt",
                                        "scrape-1.txt",
                                        "vllm-throughput.pytorch.json",
                                        "vllm-latency.pytorch.json"};
    char spoilt[] = "/tmp/tokentco-import-XXXXXX";
    int fd = mkstemp(spoilt);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[256], *text;
        size_t n;
        snprintf(path, sizeof path, FOLDER "%s", files[i]);
        assert_true(file_read(path, 1 << 20, &text, &n, NULL));
        char *copy = malloc(n + ROOM);
        for (int round = 0; round < ROUNDS; round++) {
            memcpy(copy, text, n);
            size_t length = spoil(copy, n);
            unlink(spoilt); /* writing over a file waits for the disk */
            FILE *out = fopen(spoilt, "wb");
            assert_true(out != NULL && fwrite(copy, 1, length, out) == length && fclose(out) == 0);
            Loaded loaded;
            load(&loaded, spoilt, NULL, &hints);
            if (loaded.is_ok ? loaded.n == 0 : loaded.errors.n_items == 0)
                fail_msg("%s, round %d: neither record nor fault", files[i], round);
            check_sound(files[i], &loaded);
            unload(&loaded);
        }
        free(copy);
        free(text);
    }
    unlink(spoilt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spoilt_files_never_half_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
