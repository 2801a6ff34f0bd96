/* The model that --model, --config or --gguf name, as dimensions.
 *
 * Layer: cli, private.
 */
#ifndef CLI_MODEL_CHOICE_H
#define CLI_MODEL_CHOICE_H

#include "cli/command.h"
#include "tokentco/arch.h"
#include "tokentco/arena.h"
#include "tokentco/pricebook.h"

typedef struct ModelChoice {
    Arena arena;
    PriceBook book; /* open as long as the choice: names are borrowed from it */
    ArchShape arch;
    const char *weight_format; /* of a GGUF file; NULL otherwise */
    ErrList errors;            /* of files with many faults */
    Err err;                   /* the one fault of anything else */
} ModelChoice;

/* Finds it; `otherwise` is the model when none is named (NULL: one must be). Close it in any case. */
bool model_choose(const Cli *cli, const char *otherwise, ModelChoice *out);

/* Prints the faults when the command failed, closes, and gives the exit status. */
int model_choice_end(ModelChoice *choice, bool is_ok);

#endif
