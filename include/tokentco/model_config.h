/* Dimensions of a model out of a Hugging Face config.json.
 *
 * Layer: feed.
 */
#ifndef TOKENTCO_MODEL_CONFIG_H
#define TOKENTCO_MODEL_CONFIG_H

#include "tokentco/arch.h"
#include "tokentco/arena.h"
#include "tokentco/err.h"

/* Reads and checks `path`. The name of the architecture is that of the file's folder, or the file's own when
 * it is not called config.json; it lives in the arena. All faults are collected, each with its JSON pointer.
 */
bool model_config_read(const char *path, Arena *arena, ArchShape *out, ErrList *errors);

#endif
