/* What tests of price feeds share: a book, a folder of their own, imports and look-ups in their reports. */
#ifndef TEST_IMPORT_CASE_H
#define TEST_IMPORT_CASE_H

#include "test.h"
#include "tokentco/price_import.h"
#include "tokentco/price_tables.h"
#include "tokentco/file.h"

#include <stdlib.h>
#include <unistd.h>

static PriceBook book;
static char folder[] = "/tmp/tokentco-import-XXXXXX";

static inline int set_up(void **state)
{
    (void)state;
    ErrList errors;
    err_list_init(&errors);
    if (mkdtemp(folder) == NULL) return 1;
    bool is_ok = pricebook_open(&book, folder, &errors) && pricebook_need_all(&book, &errors);
    if (!is_ok) err_list_print(&errors, stderr);
    err_list_free(&errors);
    return is_ok ? 0 : 1;
}

static inline int tear_down(void **state)
{
    (void)state;
    char command[128];
    pricebook_close(&book);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* Imports `text` as a file of that name, as of 2026-08-05. */
static inline bool import_named(const char *name, const char *text, size_t n_bytes, const char *provider,
                                ImportReport *report, ErrList *errors)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(file_write_atomic(path, text, n_bytes, NULL));
    ImportOptions options = {.provider = provider, .has_date = true, .retrieved_on = date_of(2026, 8, 5)};
    return import_read(&book, path, &options, report, errors);
}

static inline ImportReport import_good(const char *name, const char *text, const char *provider,
                                       const char *feed)
{
    ImportReport report;
    ErrList errors;
    err_list_init(&errors);
    bool is_ok = import_named(name, text, strlen(text), provider, &report, &errors);
    if (!is_ok) err_list_print(&errors, stderr);
    assert_true(is_ok);
    assert_string_equal(report.feed, feed);
    err_list_free(&errors);
    return report;
}

/* The change of a rental or API row with these key cells (NULL: any). */
static inline const PriceChange *change_find(const ImportReport *report, const char *a, const char *b,
                                             const char *c, const char *d)
{
    const char *const keys[] = {a, b, c, d};
    for (int i = 0; i < report->n_changes; i++) {
        bool fits = true;
        for (int k = 0; k < 4; k++)
            fits = fits && (keys[k] == NULL || strcmp(report->changes[i].cells[k].text, keys[k]) == 0);
        if (fits) return &report->changes[i];
    }
    return NULL;
}

static inline const Quarantined *quarantined_find(const ImportReport *report, const char *rule)
{
    for (int i = 0; i < report->n_quarantined; i++) {
        if (strcmp(report->quarantined[i].rule, rule) == 0) return &report->quarantined[i];
    }
    return NULL;
}

static inline long rejected_count(const ImportReport *report, const char *rule)
{
    for (int i = 0; i < report->n_rejected_rules; i++) {
        if (strcmp(report->rejected[i].rule, rule) == 0) return report->rejected[i].n;
    }
    return 0;
}

#endif
