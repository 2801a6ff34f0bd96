/* `prices import, quarantine, fold`: what comes into the book. Layer: cli. */
#include "cli/prices.h"

#include "tokentco/file.h"
#include "tokentco/price_import.h"

#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 1024 };

/* Where prices are written: the folder that the book was opened with, else the user's own. */
static bool overlay_folder(const PriceBook *book, char *out, size_t size, Err *err)
{
    char base[PATH_BYTES / 2];
    if (book->overlay[0] != '\0') {
        snprintf(out, size, "%s", book->overlay);
        return true;
    }
    if (!user_folder_find(USER_DATA, base, sizeof base, err)) return false;
    snprintf(out, size, "%s/pricing", base);
    return true;
}

/* ---- import ---- */

enum { C_WHAT, C_TABLE, C_KEY, C_BEFORE, C_AFTER, C_FROM, C_UNTIL, C_ID, C_DETAIL, C_PLACE, C_COLUMNS };
static const SheetColumn change_columns[C_COLUMNS] = {{"what", "what", SHOW_TEXT},
                                                      {"table", NULL, SHOW_TEXT},
                                                      {"key", "key", SHOW_TEXT},
                                                      {"before_usd", "before USD", SHOW_SHORTEST},
                                                      {"after_usd", "after USD", SHOW_SHORTEST},
                                                      {"valid_from", "valid_from", SHOW_TEXT},
                                                      {"seen_until", NULL, SHOW_TEXT},
                                                      {"id", "id", SHOW_TEXT},
                                                      {"detail", "detail", SHOW_TEXT},
                                                      {"place", NULL, SHOW_TEXT}};

/* What changed beside the first price: "output_usd_per_mtok 10 to 12; note". */
static void add_detail(const PriceChange *change, Text *out)
{
    text_clear(out);
    bool is_move = change->what == CHANGE_PRICE || change->what == CHANGE_ANNOUNCED;
    for (int i = price_key_columns(change->kind) + 1;
         is_move && change->before != NULL && i < price_own_columns(change->kind); i++) {
        const PriceColumn *column = &price_tables[change->kind].columns[i];
        const PriceCell *before = &change->before->cells[i], *after = &change->cells[i];
        char from[FORMAT_BYTES] = "-", to[FORMAT_BYTES];
        if (column->type != COLUMN_NUMBER || !after->has || (before->has && before->number == after->number))
            continue;
        if (before->has) number_format(before->number, from, sizeof from);
        number_format(after->number, to, sizeof to);
        text_addf(out, "%s%s %s to %s", out->n_bytes > 0 ? "; " : "", column->name, from, to);
    }
    if (change->note[0] != '\0') text_addf(out, "%s%s", out->n_bytes > 0 ? "; " : "", change->note);
}

static void add_change(Sheet *sheet, const PriceChange *change, Text *key)
{
    int value = price_key_columns(change->kind);
    char date[16];
    sheet_row(sheet);
    prices_key(change->kind, change->cells, key);
    sheet_set(sheet, C_WHAT, change_word(change->what));
    sheet_set(sheet, C_TABLE, price_tables[change->kind].name);
    sheet_set(sheet, C_KEY, text_str(key));
    if (change->before != NULL && change->before->cells[value].has)
        sheet_set_number(sheet, C_BEFORE, change->before->cells[value].number);
    bool is_gone = change->what == CHANGE_ENDED || change->what == CHANGE_WITHDRAWN;
    if (!is_gone && change->cells[value].has) sheet_set_number(sheet, C_AFTER, change->cells[value].number);
    date_format(change->valid_from, date);
    sheet_set(sheet, C_FROM, date);
    date_format(change->seen_until, date);
    sheet_set(sheet, C_UNTIL, change->has_end ? date : "");
    add_detail(change, key);
    sheet_set(sheet, C_DETAIL, text_str(key));
}

static void add_quarantined(Sheet *sheet, const Quarantined *entry, Text *key)
{
    char place[256], detail[256], date[16];
    int value = price_key_columns(entry->kind);
    sheet_row(sheet);
    prices_key(entry->kind, entry->cells, key);
    sheet_set(sheet, C_WHAT, "quarantined");
    sheet_set(sheet, C_TABLE, price_tables[entry->kind].name);
    sheet_set(sheet, C_KEY, text_str(key));
    if (entry->cells[value].has) sheet_set_number(sheet, C_AFTER, entry->cells[value].number);
    date_format(entry->valid_from, date);
    sheet_set(sheet, C_FROM, date);
    sheet_set(sheet, C_ID, entry->id);
    snprintf(detail, sizeof detail, "%s: %s", entry->rule, entry->detail);
    sheet_set(sheet, C_DETAIL, detail);
    snprintf(place, sizeof place, "%s%.0d%s%.200s", entry->line > 0 ? "line " : "", entry->line,
             entry->line > 0 && entry->place[0] != '\0' ? " " : "", entry->place);
    sheet_set(sheet, C_PLACE, place);
}

/* Every entry of the file is in one of these counts. */
static void add_counts(const ImportReport *report, Text *out)
{
    char date[16];
    date_format(report->retrieved_on, date);
    text_addf(out, "%s: %s, as of %s\n", report->file, report->title, date);
    text_addf(out, "%ld prices read: %ld accepted (%ld unchanged), %ld folded into another of the same key, ",
              report->n_read, report->n_accepted, report->n_unchanged, report->n_folded);
    text_addf(out, "%d quarantined, %ld left out\n", report->n_quarantined, report->n_rejected);
    for (int i = 0; i < report->n_rejected_rules; i++) {
        const ImportCount *count = &report->rejected[i];
        text_addf(out, "  left out %6ld  %s: %s; first: ", count->n, count->rule, count->doc);
        if (count->line > 0) {
            text_addf(out, "line %d\n", count->line);
        } else {
            text_addf(out, "%s\n", count->place);
        }
    }
    if (report->has_more)
        text_addf(out, "  this is not all: the file names a next page; import that one too\n");
    if (report->n_missing > 0)
        text_addf(out, "  %d series of this feed are not in the file: too many to have ended, they stay\n",
                  report->n_missing);
}

static int print_report(const Cli *cli, const ImportReport *report)
{
    Sheet sheet;
    Text head, key;
    text_init(&head);
    text_init(&key);
    add_counts(report, &head);
    sheet_init(&sheet, change_columns, C_COLUMNS);
    for (int i = 0; i < report->n_changes; i++) add_change(&sheet, &report->changes[i], &key);
    for (int i = 0; i < report->n_quarantined; i++) add_quarantined(&sheet, &report->quarantined[i], &key);
    bool is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV);
    if (is_file && !cli_has(cli, OPT_QUIET)) fputs(text_str(&head), stderr);
    int status = sheet_print(cli, &sheet, "tokentco/prices-import/1", "changes", &head);
    text_free(&key);
    text_free(&head);
    return status;
}

static int apply(const Cli *cli, const PriceBook *book, const ImportReport *report)
{
    char overlay[PATH_BYTES];
    Err err = {0};
    int n_rows = 0;
    if (!overlay_folder(book, overlay, sizeof overlay, &err) ||
        !import_apply(report, overlay, &n_rows, &err)) {
        return cli_fail(&err);
    }
    cli_note(cli, "%d rows added to %s", n_rows, overlay);
    return ERR_NONE;
}

static int import(const Cli *cli, PriceBook *book)
{
    ImportOptions options = {.feed = cli_has(cli, OPT_FEED) ? cli->values[OPT_FEED] : NULL,
                             .provider = cli_has(cli, OPT_PROVIDER) ? cli->values[OPT_PROVIDER] : NULL,
                             .has_date = cli_has(cli, OPT_AS_OF),
                             .retrieved_on = prices_day(cli)};
    ImportReport report;
    ErrList errors;
    err_list_init(&errors);
    int status;
    if (import_read(book, cli->words[0], &options, &report, &errors)) {
        status = print_report(cli, &report);
        if (status == ERR_NONE && cli_has(cli, OPT_APPLY)) status = apply(cli, book, &report);
        if (!cli_has(cli, OPT_APPLY))
            cli_note(cli, "nothing written; --apply adds %d rows to your overlay", report.n_changes);
        import_free(&report);
    } else {
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    }
    err_list_free(&errors);
    return status;
}

/* A new overlay may be named when something is written to it. */
static int run_import(const Cli *cli)
{
    Err err = {0};
    bool is_new =
        cli_has(cli, OPT_APPLY) && cli_has(cli, OPT_PRICING) && !file_exists(cli->values[OPT_PRICING]);
    if (is_new && !folder_make(cli->values[OPT_PRICING], &err)) return cli_fail(&err);
    static const unsigned kinds = 1U << PRICE_GPU_RENTAL | 1U << PRICE_API | 1U << PRICE_ACCELERATORS |
                                  1U << PRICE_ALIASES | 1U << PRICE_CONTRACTS;
    return prices_run_on(cli, kinds, import);
}

/* ---- quarantine ---- */

static int accept_price(const Cli *cli, const char *overlay)
{
    Err err = {0};
    if (!cli_has(cli, OPT_NOTE))
        return cli_usage_error(cli->command, "--accept needs --note: who vouches, and why");
    if (quarantine_accept(overlay, cli->values[OPT_ACCEPT], cli->values[OPT_NOTE], &err)) return ERR_NONE;
    return cli_fail(&err);
}

static int list_quarantine(const Cli *cli, const char *overlay)
{
    static const SheetColumn columns[] = {
        {"id", "id", SHOW_TEXT},         {"status", "status", SHOW_TEXT}, {"rule", "rule", SHOW_TEXT},
        {"detail", "detail", SHOW_TEXT}, {"table", NULL, SHOW_TEXT},      {"row", "row", SHOW_TEXT},
        {"source", NULL, SHOW_TEXT},     {"place", NULL, SHOW_TEXT},      {"note", NULL, SHOW_TEXT}};
    enum { N_COLUMNS = sizeof columns / sizeof *columns };
    Quarantine quarantine;
    ErrList errors;
    Sheet sheet;
    err_list_init(&errors);
    int status;
    if (quarantine_load(overlay, &quarantine, &errors)) {
        sheet_init(&sheet, columns, N_COLUMNS);
        for (int i = 0; i < quarantine.n_entries; i++) {
            const QuarantineEntry *entry = &quarantine.entries[i];
            const char *const cells[N_COLUMNS] = {entry->id,     entry->status, entry->rule,
                                                  entry->detail, entry->table,  entry->row,
                                                  entry->source, entry->place,  entry->note};
            sheet_row(&sheet);
            for (int c = 0; c < N_COLUMNS; c++) sheet_set(&sheet, c, cells[c]);
        }
        status = sheet_print(cli, &sheet, "tokentco/prices-quarantine/1", "entries", NULL);
    } else {
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    }
    quarantine_free(&quarantine);
    err_list_free(&errors);
    return status;
}

static int quarantine(const Cli *cli, PriceBook *book)
{
    char overlay[PATH_BYTES];
    Err err = {0};
    if (!overlay_folder(book, overlay, sizeof overlay, &err)) return cli_fail(&err);
    return cli_has(cli, OPT_ACCEPT) ? accept_price(cli, overlay) : list_quarantine(cli, overlay);
}

/* ---- fold ---- */

static int fold(const Cli *cli, PriceBook *book)
{
    char overlay[PATH_BYTES];
    Err err = {0};
    ErrList errors;
    int n_rows = 0;
    if (!overlay_folder(book, overlay, sizeof overlay, &err)) return cli_fail(&err);
    err_list_init(&errors);
    int status = ERR_NONE;
    if (overlay_fold(book, overlay, cli->words[0], &n_rows, &errors)) {
        cli_note(cli, "%s gained %d rows from %s", cli->words[0], n_rows, overlay);
    } else {
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    }
    err_list_free(&errors);
    return status;
}

static int run_quarantine(const Cli *cli)
{
    return prices_run(cli, quarantine);
}
static int run_fold(const Cli *cli)
{
    return prices_run(cli, fold);
}

const Command command_prices_import = {
    .name = "prices import",
    .arguments = "FILE",
    .summary = "read a price feed, show what would change, write it with --apply",
    .details =
        "FILE may be gzipped, `-` or, for models.dev, a folder, a tar or a .toml. The format is told by its "
        "content:\n"
        "  litellm       model_prices_and_context_window.json\n"
        "  genai-prices  data.json\n"
        "  models.dev    api.json, or the TOML tree\n"
        "  openrouter    /api/v1/models\n"
        "  llm-prices    data/VENDOR.json, or the list of current prices\n"
        "  azure         retail prices, one page of JSON\n"
        "  aws           price list CSV of EC2\n"
        "  runpod, vast  listings of the marketplaces, also pages one a line\n"
        "  skypilot      catalog vms.csv; gpuhunt: its catalog, CSV or JSON\n"
        "  cloud-gpus    hand-kept list: Cloud, GPU Type, GPUs, On-demand, Per-GPU, Spot\n"
        "  offerings, tpu, gpu-index, gpu-specs   collected lists, see pricing/README.md\n"
        "  quote-gpu, quote-api   a quote from a person: CSV with the column names of\n"
        "                gpu_rental.csv or api_prices.csv, as many of them as are known\n"
        "  table         any other CSV or JSON list whose columns say what they hold: provider, gpu,\n"
        "                gpu_count, region, price_per_gpu_hour or instance_price_per_hour; or model,\n"
        "                input_price_per_mtok, output_price_per_1k_tokens, ... What a name leaves open\n"
        "                (of one GPU or all? per thousand or million?) is quarantined, not guessed.\n"
        "Prices that look wrong are quarantined, not dropped: see `prices quarantine`.",
    .min_words = 1,
    .max_words = 1,
    .run = run_import,
    .n_options = 8,
    .options = {OPT_FEED, OPT_PROVIDER, OPT_AS_OF, OPT_APPLY, OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_prices_quarantine = {
    .name = "prices quarantine",
    .arguments = "",
    .summary = "list prices that were set aside, or take one in",
    .details = "--accept moves a price into its table; --note is kept with it.",
    .run = run_quarantine,
    .n_options = 6,
    .options = {OPT_ACCEPT, OPT_NOTE, OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_prices_fold = {
    .name = "prices fold",
    .arguments = "FOLDER",
    .summary = "merge your overlay into a folder of price files, one under version control say",
    .details =
        "Rows of both are sorted; of rows with one key and day yours stays; series that go on are closed.\n"
        "The overlay itself is left as it is.",
    .min_words = 1,
    .max_words = 1,
    .run = run_fold,
    .n_options = 1,
    .options = {OPT_PRICING},
};
