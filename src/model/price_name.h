/* Words that a name of a model or an accelerator may carry without meaning another one. Layer: model. */
#ifndef MODEL_PRICE_NAME_H
#define MODEL_PRICE_NAME_H

#include <stdbool.h>

enum { PRICE_NAME_BYTES = 128 };

typedef struct PriceName {
    char text[PRICE_NAME_BYTES];
    double memory_gb; /* an accelerator's, once it was taken off the name; 0: the name did not say */
} PriceName;

/* Without the organisation in front ("meta-llama/"). */
const char *price_name_bare(const char *name);

/* The name without the organisation in front ("meta-llama/"). False when it is longer than any known one. */
bool price_name_start(PriceName *name, const char *text);

/* Takes one such word off, the last one first; false when none is left. */
bool price_name_shorten(PriceName *name, bool is_model);

#endif
