/* The model that a command names. Layer: cli. */
#include "cli/model_choice.h"

#include "tokentco/bench.h"
#include "tokentco/model_config.h"
#include "tokentco/price_tables.h"
#include "tokentco/throughput_facts.h"

#include <string.h>

static bool find_model(const char *name, ModelChoice *c)
{
    bool is_ok = pricebook_open(&c->book, NULL, &c->errors) &&
                 pricebook_need(&c->book, PRICE_MODELS, &c->errors) &&
                 pricebook_need(&c->book, PRICE_ALIASES, &c->errors);
    if (!is_ok || throughput_arch_find(&c->book, name, date_today(), &c->arch, &c->err)) return is_ok;
    c->err.code = ERR_USAGE; /* of the command line, not of the book */
    return false;
}

bool model_choose(const Cli *cli, const char *otherwise, ModelChoice *c)
{
    memset(c, 0, sizeof *c);
    arena_init(&c->arena);
    err_list_init(&c->errors);
    const char *model = cli->values[OPT_MODEL] ? cli->values[OPT_MODEL] : otherwise;
    if (cli_has(cli, OPT_GGUF) + cli_has(cli, OPT_CONFIG) + cli_has(cli, OPT_MODEL) > 1)
        return err_set(&c->err, ERR_USAGE, "--model, --gguf and --config exclude each other");
    if (cli_has(cli, OPT_CONFIG))
        return model_config_read(cli->values[OPT_CONFIG], &c->arena, &c->arch, &c->errors);
    if (cli_has(cli, OPT_GGUF))
        return bench_gguf_read(cli->values[OPT_GGUF], &c->arena, &c->arch, &c->weight_format, &c->err);
    if (model) return find_model(model, c);
    return err_set(&c->err, ERR_USAGE, "name a model with --model, or its dimensions with --config");
}

int model_choice_end(ModelChoice *c, bool is_ok)
{
    if (!is_ok && c->errors.n_items == 0) err_list_add(&c->errors, &c->err);
    if (!is_ok) err_list_print(&c->errors, stderr);
    int status = is_ok ? ERR_NONE : (int)err_list_code(&c->errors);
    err_list_free(&c->errors);
    pricebook_close(&c->book);
    arena_free(&c->arena);
    return status;
}
