/* Models and accelerators of the price book as the throughput model wants them.
 *
 * Layer: model.
 */
#ifndef TOKENTCO_THROUGHPUT_FACTS_H
#define TOKENTCO_THROUGHPUT_FACTS_H

#include "tokentco/arch.h"
#include "tokentco/pricebook.h"
#include "tokentco/throughput.h"

/* Finds by canonical name, alias or Hugging Face id; an unknown name is an error with the nearest one. The
 * tables of models, accelerators and aliases must be loaded. */
bool throughput_model_find(const PriceBook *book, const char *name, Date as_of, ModelFacts *out, Err *err);
bool throughput_gpu_find(const PriceBook *book, const char *name, Date as_of, GpuFacts *out, Err *err);

/* The dimensions of a model, for running it. An error too when they do not make up its parameters within a
 * few per cent: then it has parts that the benchmark does not know. `out->name` is borrowed from the book. */
bool throughput_arch_find(const PriceBook *book, const char *name, Date as_of, ArchShape *out, Err *err);

#endif
