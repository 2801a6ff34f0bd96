/* What every unit test includes: cmocka and its needs, and a close comparison that prints both figures. */
#ifndef TOKENTCO_TEST_H
#define TOKENTCO_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* |got - want| <= relative * |want|, or both exactly equal. */
#define assert_close(got, want, relative)                                                                    \
    do {                                                                                                     \
        double close_got_ = (got), close_want_ = (want);                                                     \
        if (!(fabs(close_got_ - close_want_) <= (relative)*fabs(close_want_)) && close_got_ != close_want_)  \
            fail_msg("%s = %.17g, wanted %.17g", #got, close_got_, close_want_);                             \
    } while (0)

#endif
