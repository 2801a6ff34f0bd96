/* Stands in for cmocka where a test is built for another processor, for which Debian brings no cmocka: the
 * assertions that tests/unit/test_kernels.c makes, with cmocka's output. */
#ifndef TOKENTCO_CROSS_CMOCKA_H
#define TOKENTCO_CROSS_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

#define cmocka_unit_test(function)                                                                           \
    {                                                                                                        \
#function, function                                                                                  \
    }

/* The first failure ends the program. */
#define fail_msg(...)                                                                                        \
    do {                                                                                                     \
        (void)printf("%s:%d: ", __FILE__, __LINE__);                                                         \
        (void)printf(__VA_ARGS__);                                                                           \
        (void)printf("\n");                                                                                  \
        exit(1);                                                                                             \
    } while (0)
#define assert_true(fact)                                                                                    \
    do {                                                                                                     \
        if (!(fact)) fail_msg("not true: %s", #fact);                                                        \
    } while (0)
#define assert_false(fact)              assert_true(!(fact))
#define assert_non_null(pointer)        assert_true((pointer) != NULL)
#define assert_int_equal(a, b)          assert_true((a) == (b))
#define assert_string_equal(a, b)       assert_true(strcmp(a, b) == 0)
#define cmocka_run_group_tests(t, a, b) cross_run(t, sizeof(t) / sizeof(t)[0])

static inline int cross_run(const struct CMUnitTest *tests, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        void *state = NULL;
        tests[i].run(&state);
        (void)printf("[       OK ] %s\n", tests[i].name);
        (void)fflush(stdout);
    }
    return 0;
}

#endif
