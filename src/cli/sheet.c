/* Sheets. Layer: cli. */
#include "cli/sheet.h"

#include <string.h>

void sheet_init(Sheet *sheet, const SheetColumn *columns, int n_columns)
{
    *sheet = (Sheet){.columns = columns, .n_columns = n_columns};
    arena_init(&sheet->arena);
}

void sheet_free(Sheet *sheet)
{
    arena_free(&sheet->arena);
    *sheet = (Sheet){0};
}

void sheet_row(Sheet *sheet)
{
    enum { FIRST_ROWS = 64 };
    size_t width = (size_t)sheet->n_columns * sizeof(SheetCell);
    if (sheet->n_rows == sheet->capacity) {
        int wider = sheet->capacity == 0 ? FIRST_ROWS : 2 * sheet->capacity;
        SheetCell *grown = arena_array(&sheet->arena, (size_t)wider, width);
        if (sheet->n_rows > 0) memcpy(grown, sheet->cells, (size_t)sheet->n_rows * width);
        sheet->cells = grown;
        sheet->capacity = wider;
    }
    sheet->n_rows++;
}

static SheetCell *last_cell(Sheet *sheet, int column)
{
    return &sheet->cells[(sheet->n_rows - 1) * sheet->n_columns + column];
}

void sheet_set(Sheet *sheet, int column, const char *text)
{
    if (text[0] == '\0') return;
    *last_cell(sheet, column) = (SheetCell){.text = arena_strdup(&sheet->arena, text), .has = true};
}

void sheet_set_number(Sheet *sheet, int column, double value)
{
    *last_cell(sheet, column) = (SheetCell){.number = value, .has = true};
}

void sheet_set_flag(Sheet *sheet, int column, bool flag)
{
    *last_cell(sheet, column) = (SheetCell){.number = flag, .has = true, .is_flag = true};
}

static void get_cell(const void *context, int row, int column, Cell *out)
{
    const Sheet *sheet = context;
    const SheetCell *cell = &sheet->cells[row * sheet->n_columns + column];
    if (!cell->has) return;
    if (cell->text != NULL) {
        cell_set_text(out, cell->text);
    } else if (cell->is_flag) {
        cell_set_flag(out, cell->number > 0.0);
    } else {
        cell_set_number(out, cell->number);
    }
}

/* A column's getter does not learn which column it serves, so there is one for each place. */
/* clang-format off */
#define SHEET_PLACES(_) \
    _(0) _(1) _(2) _(3) _(4) _(5) _(6) _(7) _(8) _(9) _(10) _(11) _(12) _(13) _(14) _(15) _(16) _(17) \
    _(18) _(19) _(20) _(21) _(22) _(23)
/* clang-format on */
#define SHEET_GETTER(n)                                                                                      \
    static void get_##n(const void *context, int row, Cell *out)                                             \
    {                                                                                                        \
        get_cell(context, row, n, out);                                                                      \
    }
SHEET_PLACES(SHEET_GETTER)
#define SHEET_GETTER_NAME(n) get_##n,
static void (*const getters[SHEET_COLUMNS_MAX])(const void *, int,
                                                Cell *) = {SHEET_PLACES(SHEET_GETTER_NAME)};

/* The sheet as a table of the view; files have every column. */
static Table make_table(const Sheet *sheet, bool is_file, Column columns[SHEET_COLUMNS_MAX])
{
    int n = 0;
    for (int i = 0; i < sheet->n_columns; i++) {
        const SheetColumn *column = &sheet->columns[i];
        if (!is_file && column->title == NULL) continue;
        columns[n++] = (Column){.name = column->name,
                                .title = column->title != NULL ? column->title : column->name,
                                .unit = "",
                                .doc = "",
                                .align = column->format == SHOW_TEXT ? ALIGN_LEFT : ALIGN_RIGHT,
                                .format = column->format,
                                .get = getters[i]};
    }
    return (Table){.columns = columns, .n_columns = n, .n_rows = sheet->n_rows, .context = sheet};
}

void sheet_add_text(const Cli *cli, const Sheet *sheet, int indent, Text *out)
{
    Column columns[SHEET_COLUMNS_MAX];
    Table table = make_table(sheet, false, columns);
    Style style = cli_list_style(cli);
    if (table.n_rows > 0) table_add_text(&table, &style, indent, out);
}

int sheet_print(const Cli *cli, Sheet *sheet, const char *schema, const char *key, const Text *head)
{
    bool is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV);
    int status;
    if (is_file || head == NULL || head->n_bytes == 0) {
        Column columns[SHEET_COLUMNS_MAX];
        Table table = make_table(sheet, is_file, columns);
        status = cli_print_table(cli, &table, schema, key);
    } else {
        Text out;
        text_init(&out);
        text_add(&out, text_str(head));
        sheet_add_text(cli, sheet, 0, &out);
        status = cli_write(cli, &out);
        text_free(&out);
    }
    sheet_free(sheet);
    return status;
}
