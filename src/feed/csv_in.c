/* CSV reading. Layer: feed. The only reader that touches libcsv.
 *
 * libcsv knows no line numbers, so it is fed one physical line (or the rest of a chunk) at a time and the
 * lines are counted here. A record that is one whole line is split here, in a fourth of the time; all others,
 * and all faults, are left to libcsv, which decides what the text means.
 */
#include "tokentco/csv_in.h"

#include "tokentco/text.h"

#include <csv.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>
#include <zlib.h>

/* Lines of a file that tell its separator. */
enum { DIALECT_LINES = 8 };
enum { DEFAULT_RECORD_BYTES = 1 << 20, DEFAULT_FIELDS = 10000, CHUNK_BYTES = 1 << 18, BOM_BYTES = 3 };

typedef struct CsvReader {
    const char *file;
    CsvLimits limits;
    CsvVisitor visit;
    void *context;
    ErrList *errors;
    struct csv_parser parser;
    int line;        /* physical line that is being fed */
    int record_line; /* first line of the record */
    size_t record_bytes;
    bool has_decimal_comma;
    bool commas_may_group; /* tabs separate in every country, semicolons where the comma is decimal */
    bool is_plain;         /* only ASCII without NUL was fed to the record so far */
    bool has_returns;      /* a carriage return within a line may end a record, as libcsv has it */
    bool is_special[UCHAR_MAX + 1]; /* ends an unquoted field, or makes its line libcsv's */
    int n_header;                   /* fields of the header; -1 before it */
    bool is_stopped;                /* by the visitor or by a fault after which nothing can be trusted */
    bool is_faulty;
    Text bytes; /* the fields of the record, terminated, one after the other */
    size_t *starts, *lengths;
    const char **fields;
    int n_fields;
    int capacity;
} CsvReader;

static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

static void fault(CsvReader *reader, int line, int column, const char *text)
{
    reader->is_faulty = true;
    err_list_addf(reader->errors, ERR_DATA, reader->file, line, column, NULL, "%s", text);
}

static void fatal(CsvReader *reader, int line, int column, const char *text)
{
    fault(reader, line, column, text);
    reader->is_stopped = true;
}

static bool grow_fields(CsvReader *reader)
{
    if (reader->n_fields < reader->capacity) return true;
    int capacity = reader->capacity == 0 ? 32 : 2 * reader->capacity;
    size_t n = (size_t)capacity;
    size_t *starts = realloc(reader->starts, n * sizeof *starts);
    if (starts != NULL) reader->starts = starts;
    size_t *lengths = realloc(reader->lengths, n * sizeof *lengths);
    if (lengths != NULL) reader->lengths = lengths;
    const char **fields = realloc(reader->fields, n * sizeof *fields);
    if (fields != NULL) reader->fields = fields;
    if (starts == NULL || lengths == NULL || fields == NULL) return false;
    reader->capacity = capacity;
    return true;
}

/* Takes note of a field within the record's bytes. Stops the reading when there are too many. */
static void add_field(CsvReader *reader, size_t start, size_t length)
{
    if (reader->n_fields >= reader->limits.max_fields) {
        fatal(reader, reader->line, 0, "too many fields in one record");
        return;
    }
    if (!grow_fields(reader)) {
        fatal(reader, reader->line, 0, "out of memory");
        return;
    }
    reader->starts[reader->n_fields] = start;
    reader->lengths[reader->n_fields] = length;
    reader->n_fields++;
}

static void on_field(void *data, size_t length, void *context)
{
    CsvReader *reader = context;
    if (reader->is_stopped) return;
    add_field(reader, reader->bytes.n_bytes, length);
    /* With the terminator that libcsv appends. */
    if (!reader->is_stopped) text_addn(&reader->bytes, data, length + 1);
}

/* NULL when every field is UTF-8 without NUL; else what is wrong. */
static const char *record_bytes_fault(const CsvReader *reader)
{
    const char *text = text_str(&reader->bytes);
    for (int i = 0; i < reader->n_fields; i++) {
        const char *field = text + reader->starts[i];
        size_t left = reader->lengths[i];
        while (left > 0) {
            if ((unsigned char)*field < 0x80) {
                if (*field == '\0') return "holds a NUL byte; is this a text file?";
                field++;
                left--;
                continue;
            }
            utf8proc_int32_t code;
            utf8proc_ssize_t n =
                utf8proc_iterate((const utf8proc_uint8_t *)field, (utf8proc_ssize_t)left, &code);
            if (n <= 0) return "is not UTF-8; convert the file first";
            field += n;
            left -= (size_t)n;
        }
    }
    return NULL;
}

/* "1.234,5" in place to "1234.5"; what is no such number stays as it is, and so does "1,234" where the comma
 * may also group digits. */
static void decimal_comma_to_point(char *field, bool may_group)
{
    enum { GROUP_DIGITS = 3 };
    const char *digits = field + (*field == '-'), *comma = strchr(digits, ',');
    if (comma == NULL || comma == digits || comma[1] == '\0') return;
    if (strspn(comma + 1, "0123456789") != strlen(comma + 1)) return;
    if (may_group && strlen(comma + 1) == GROUP_DIGITS && *digits != '0') return;
    size_t n_whole = (size_t)(comma - digits), n_first = strspn(digits, "0123456789");
    if (n_first < n_whole && (n_first == 0 || n_first > 3)) return;
    for (size_t i = n_first; i < n_whole; i += 4) {
        if (digits[i] != '.' || n_whole - i < 4 || strspn(digits + i + 1, "0123456789") < 3) return;
    }
    char *to = field;
    for (const char *from = field; *from != '\0'; from++) {
        if (*from != '.') *to++ = *from == ',' ? '.' : *from;
    }
    *to = '\0';
}

static void visit_record(CsvReader *reader)
{
    bool is_header = reader->n_header < 0;
    const char *what = reader->is_plain ? NULL : record_bytes_fault(reader);
    if (what != NULL) {
        fatal(reader, reader->record_line, 0, what);
        return;
    }
    if (is_header) reader->n_header = reader->n_fields;
    if (!reader->limits.is_ragged && reader->n_fields != reader->n_header) {
        reader->is_faulty = true;
        err_list_addf(reader->errors, ERR_DATA, reader->file, reader->record_line, 0, NULL,
                      "%d fields, the header has %d", reader->n_fields, reader->n_header);
        return;
    }
    for (int i = 0; i < reader->n_fields; i++) {
        char *field = reader->bytes.data + reader->starts[i];
        if (reader->has_decimal_comma) {
            decimal_comma_to_point(field, reader->commas_may_group);
            reader->lengths[i] = strlen(field);
        }
        reader->fields[i] = field;
    }
    CsvRecord record = {.file = reader->file,
                        .line = reader->record_line,
                        .fields = reader->fields,
                        .lengths = reader->lengths,
                        .n_fields = reader->n_fields};
    if (!reader->visit(reader->context, &record, is_header)) reader->is_stopped = true;
}

static void on_record(int terminator, void *context)
{
    (void)terminator;
    CsvReader *reader = context;
    if (!reader->is_stopped) visit_record(reader);
    reader->n_fields = 0;
    reader->record_bytes = 0;
    text_clear(&reader->bytes);
}

/* The end of a quoted field that starts after its quote, at `*at`: moved together where quotes are doubled.
 * `*at` ends behind the closing quote. NULL: the quote is not closed before `end`. */
static char *unquote(char **at, char *end)
{
    char *to = *at;
    while (true) {
        char *quote = memchr(*at, '"', (size_t)(end - *at));
        if (quote == NULL) return NULL;
        size_t n = (size_t)(quote - *at);
        if (to != *at) memmove(to, *at, n);
        to += n;
        *at = quote + 1;
        if (*at == end || **at != '"') return to;
        *to++ = *(*at)++;
    }
}

/* Splits the line that the record's bytes hold. False when it takes libcsv to say what it means. */
static bool split_line(CsvReader *reader)
{
    char *const text = reader->bytes.data, *const end = text + reader->bytes.n_bytes;
    const char separator = (char)csv_get_delim(&reader->parser);
    for (char *at = text;; at++) {
        char *start = at, *stop;
        if (*at == '"') {
            start = ++at;
            stop = unquote(&at, end);
            if (stop == NULL) return false;
        } else {
            /* The terminator of the bytes is special, too. */
            while (!reader->is_special[(unsigned char)*at]) at++;
            stop = at;
        }
        if (at != end && *at != separator) return false;
        add_field(reader, (size_t)(start - text), (size_t)(stop - start));
        const bool is_last = at == end;
        *stop = '\0';
        if (is_last || reader->is_stopped) return true;
    }
}

/* Reads a record that is one whole line, without libcsv. False: nothing was done. */
static bool take_line(CsvReader *reader, const char *line, size_t n_bytes)
{
    if (reader->has_returns || line[n_bytes - 1] != '\n') return false;
    n_bytes--;
    if (n_bytes > 0 && line[n_bytes - 1] == '\r') n_bytes--;
    if (n_bytes == 0) return false;
    text_addn(&reader->bytes, line, n_bytes);
    if (split_line(reader)) {
        on_record('\n', reader);
        return true;
    }
    reader->n_fields = 0;
    text_clear(&reader->bytes);
    return false;
}

static void set_separator(CsvReader *reader, char separator)
{
    csv_set_delim(&reader->parser, (unsigned char)separator);
    memset(reader->is_special, 0, sizeof reader->is_special);
    static const char others[] = {'\0', '"', '\r', '\n'};
    for (size_t i = 0; i < sizeof others; i++) reader->is_special[(unsigned char)others[i]] = true;
    reader->is_special[(unsigned char)separator] = true;
}

static bool reader_init(CsvReader *reader, const char *file, const CsvLimits *limits, CsvVisitor visit,
                        void *context, ErrList *errors)
{
    *reader = (CsvReader){
        .file = file, .visit = visit, .context = context, .errors = errors, .line = 1, .n_header = -1};
    if (limits != NULL) reader->limits = *limits;
    if (reader->limits.max_record_bytes == 0) reader->limits.max_record_bytes = DEFAULT_RECORD_BYTES;
    if (reader->limits.max_fields == 0) reader->limits.max_fields = DEFAULT_FIELDS;
    if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return err_list_addf(errors, ERR_BUG, file, 0, 0, NULL, "cannot start libcsv");
    csv_set_space_func(&reader->parser, never_space);
    set_separator(reader, reader->limits.separator != '\0' ? reader->limits.separator : ',');
    return true;
}

/* Most records are ASCII, and telling so of a whole piece is quicker than walking its fields. */
static bool is_plain_ascii(const char *piece, size_t n_bytes)
{
    uint64_t seen = 0, word;
    size_t i = 0;
    for (; i + sizeof word <= n_bytes; i += sizeof word) {
        memcpy(&word, piece + i, sizeof word);
        seen |= word;
    }
    for (; i < n_bytes; i++) seen |= (unsigned char)piece[i];
    return (seen & 0x8080808080808080u) == 0 && memchr(piece, '\0', n_bytes) == NULL;
}

static bool has_inner_return(const char *piece, size_t n_bytes)
{
    if (piece[n_bytes - 1] == '\n') n_bytes--;
    return n_bytes > 1 && memchr(piece, '\r', n_bytes - 1) != NULL;
}

static bool is_line_end(const char *piece, size_t n_bytes)
{
    while (n_bytes > 0 && (piece[n_bytes - 1] == '\n' || piece[n_bytes - 1] == '\r')) n_bytes--;
    return n_bytes == 0;
}

static void feed_libcsv(CsvReader *reader, const char *piece, size_t n_bytes, size_t column)
{
    const bool is_blank = reader->record_bytes == n_bytes && is_line_end(piece, n_bytes);
    reader->has_returns = reader->has_returns || has_inner_return(piece, n_bytes);
    size_t eaten = csv_parse(&reader->parser, piece, n_bytes, on_field, on_record, reader);
    if (eaten < n_bytes && !reader->is_stopped) {
        fatal(reader, reader->line, (int)(column + eaten + 1),
              "a quote stands inside a field; double it and quote the field");
    }
    /* Blank lines give no record. */
    if (is_blank) reader->record_bytes = 0;
}

/* Feeds one piece that ends with a newline or with the chunk. */
static void feed_piece(CsvReader *reader, const char *piece, size_t n_bytes, size_t *column)
{
    const bool is_first = reader->record_bytes == 0;
    if (is_first) {
        reader->record_line = reader->line;
        reader->is_plain = true;
    }
    reader->record_bytes += n_bytes;
    reader->is_plain = reader->is_plain && is_plain_ascii(piece, n_bytes);
    if (reader->record_bytes > reader->limits.max_record_bytes) {
        fatal(reader, reader->record_line, 0,
              "one record is longer than the limit; is a quote missing its end?");
        return;
    }
    if (!is_first || !take_line(reader, piece, n_bytes)) feed_libcsv(reader, piece, n_bytes, *column);
    if (piece[n_bytes - 1] == '\n') {
        reader->line++;
        *column = 0;
    } else {
        *column += n_bytes;
    }
}

static void feed_chunk(CsvReader *reader, const char *chunk, size_t n_bytes, size_t *column)
{
    size_t at = 0;
    while (at < n_bytes && !reader->is_stopped) {
        const char *newline = memchr(chunk + at, '\n', n_bytes - at);
        size_t length = newline != NULL ? (size_t)(newline - chunk) + 1 - at : n_bytes - at;
        feed_piece(reader, chunk + at, length, column);
        at += length;
    }
}

/* The separator that some line among the first has most of, outside quotes. */
static void choose_dialect(CsvReader *reader, const char *text, size_t n_bytes)
{
    static const char separators[] = {',', ';', '\t'};
    enum { N_SEPARATORS = sizeof separators };
    int n[N_SEPARATORS] = {0}, most = 0, chosen = 0, n_lines = 0;
    bool is_quoted = false;
    for (size_t i = 0; i < n_bytes && n_lines < DIALECT_LINES; i++) {
        if (text[i] == '"') is_quoted = !is_quoted;
        if (is_quoted) continue;
        for (int s = 0; s < N_SEPARATORS; s++) {
            if (text[i] != separators[s]) continue;
            if (++n[s] > most) {
                most = n[s];
                chosen = s;
            }
        }
        if (text[i] != '\n') continue;
        n_lines++;
        memset(n, 0, sizeof n);
    }
    if (chosen == 0) return;
    set_separator(reader, separators[chosen]);
    reader->has_decimal_comma = true;
    reader->commas_may_group = separators[chosen] == '\t';
}

static bool reader_finish(CsvReader *reader)
{
    if (!reader->is_stopped && csv_fini(&reader->parser, on_field, on_record, reader) != 0)
        fault(reader, reader->record_line, 0, "a quoted field has no end");
    if (reader->n_header < 0 && !reader->is_faulty)
        fault(reader, 1, 0, "is empty; a header line was expected");
    csv_free(&reader->parser);
    text_free(&reader->bytes);
    free(reader->starts);
    free(reader->lengths);
    free(reader->fields);
    return !reader->is_faulty;
}

static size_t bom_length(const char *text, size_t n_bytes)
{
    return n_bytes >= BOM_BYTES && memcmp(text, "\xef\xbb\xbf", BOM_BYTES) == 0 ? BOM_BYTES : 0;
}

bool csv_read_text(const char *name, const char *text, size_t n_bytes, const CsvLimits *limits,
                   CsvVisitor visit, void *context, ErrList *errors)
{
    CsvReader reader;
    if (!reader_init(&reader, name, limits, visit, context, errors)) return false;
    size_t column = 0, skip = bom_length(text, n_bytes);
    if (reader.limits.is_any_dialect) choose_dialect(&reader, text + skip, n_bytes - skip);
    feed_chunk(&reader, text + skip, n_bytes - skip, &column);
    return reader_finish(&reader);
}

static void feed_stream(CsvReader *reader, gzFile stream)
{
    char *chunk = malloc(CHUNK_BYTES);
    size_t column = 0;
    bool is_first = true;
    while (chunk != NULL && !reader->is_stopped) {
        int n = gzread(stream, chunk, CHUNK_BYTES);
        if (n < 0) {
            int code;
            fatal(reader, reader->line, 0, gzerror(stream, &code));
            break;
        }
        if (n == 0) break;
        size_t skip = is_first ? bom_length(chunk, (size_t)n) : 0;
        if (is_first && reader->limits.is_any_dialect) choose_dialect(reader, chunk + skip, (size_t)n - skip);
        is_first = false;
        feed_chunk(reader, chunk + skip, (size_t)n - skip, &column);
    }
    if (chunk == NULL) fatal(reader, 0, 0, "out of memory");
    free(chunk);
}

bool csv_read_file(const char *path, const CsvLimits *limits, CsvVisitor visit, void *context,
                   ErrList *errors)
{
    bool is_stdin = strcmp(path, "-") == 0;
    /* A copy, so that closing the stream leaves standard input open. */
    gzFile stream = is_stdin ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb");
    if (stream == NULL) return err_list_addf(errors, ERR_NO_INPUT, path, 0, 0, NULL, "cannot open the file");
    CsvReader reader;
    bool is_ok = reader_init(&reader, is_stdin ? "standard input" : path, limits, visit, context, errors);
    if (is_ok) {
        gzbuffer(stream, CHUNK_BYTES);
        feed_stream(&reader, stream);
        is_ok = reader_finish(&reader);
    }
    int status = gzclose(stream);
    if (status == Z_BUF_ERROR && is_ok)
        is_ok = err_list_addf(errors, ERR_DATA, path, 0, 0, NULL, "the gzip data end too early");
    return is_ok;
}
