/* Models and accelerators of the price book as the throughput model wants them.
 *
 * Layer: model.
 */
#ifndef TOKENTCO_THROUGHPUT_FACTS_H
#define TOKENTCO_THROUGHPUT_FACTS_H

#include "tokentco/pricebook.h"
#include "tokentco/throughput.h"

/* Finds by canonical name, alias or Hugging Face id; an unknown name is an error with the nearest one. The
 * tables of models, accelerators and aliases must be loaded. */
bool throughput_model_find(const PriceBook *book, const char *name, Date as_of, ModelFacts *out, Err *err);
bool throughput_gpu_find(const PriceBook *book, const char *name, Date as_of, GpuFacts *out, Err *err);

#endif
