/* Whole files, gzip read through. Layer: feed. */
#include "feed/input.h"

#include "tokentco/file.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include <zlib.h>

enum { GZIP_WINDOW_BITS = 15 + 16, GROW_BYTES = 1 << 20 };

/* Unpacks one gzip file of any number of members. */
static bool gzip_unpack(const char *packed, size_t n_packed, char **out, size_t *n_bytes, Err *err)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK) return err_set(err, ERR_BUG, "cannot start zlib");
    char *buffer = NULL;
    size_t used = 0, capacity = 0, eaten = 0;
    bool is_ok = true, is_done = false;
    while (is_ok && !is_done) {
        if (capacity - used < GROW_BYTES) {
            capacity = capacity * 2 + GROW_BYTES;
            char *grown = realloc(buffer, capacity + 1);
            if (grown == NULL) {
                is_ok = err_set(err, ERR_BUG, "out of memory");
                break;
            }
            buffer = grown;
        }
        size_t chunk = n_packed - eaten < GROW_BYTES ? n_packed - eaten : GROW_BYTES;
        /* zlib's interface takes a non-const pointer but does not write through it. */
        memcpy(&stream.next_in, &(const char *){packed + eaten}, sizeof stream.next_in);
        stream.avail_in = (uInt)chunk;
        stream.next_out = (Bytef *)buffer + used;
        stream.avail_out = (uInt)(capacity - used < GROW_BYTES ? capacity - used : GROW_BYTES);
        uInt room = stream.avail_out;
        int status = inflate(&stream, Z_NO_FLUSH);
        eaten += chunk - stream.avail_in;
        used += room - stream.avail_out;
        if (used > INPUT_MAX_BYTES) {
            is_ok = err_set(err, ERR_DATA, "unpacks to more than %zu bytes", INPUT_MAX_BYTES);
        } else if (status == Z_STREAM_END) {
            is_done = eaten == n_packed;
            if (!is_done) inflateReset(&stream);
        } else if (status == Z_BUF_ERROR && eaten == n_packed) {
            is_ok = err_set(err, ERR_DATA, "the gzip data end too early");
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            is_ok = err_set(err, ERR_DATA, "the gzip data are damaged");
        } else if (eaten == n_packed && stream.avail_out > 0) {
            is_ok = err_set(err, ERR_DATA, "the gzip data end too early");
        }
    }
    inflateEnd(&stream);
    if (!is_ok) {
        free(buffer);
        return false;
    }
    buffer[used] = '\0';
    *out = buffer;
    *n_bytes = used;
    return true;
}

static bool has_gzip_magic(const char *data, size_t n_bytes)
{
    return n_bytes >= 2 && (unsigned char)data[0] == 0x1f && (unsigned char)data[1] == 0x8b;
}

bool input_is_utf16(const char *bytes, size_t n_bytes)
{
    return n_bytes >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0);
}

/* Spreadsheets save "Unicode text" as UTF-16 with a byte order mark. A unit alone that needs a second is
 * written as it stands and so refused where UTF-8 is checked. */
static bool utf16_unpack(const char *bytes, size_t n_bytes, char **out, size_t *n_out, Err *err)
{
    enum { UTF8_PER_UNIT = 3, HIGH_FIRST = 0xd800, LOW_FIRST = 0xdc00, LOW_LAST = 0xdfff, PAIRS = 0x10000 };
    const unsigned char *in = (const unsigned char *)bytes;
    const int high = in[0] == 0xfe ? 0 : 1;
    if (n_bytes % 2 != 0) return err_set(err, ERR_DATA, "is UTF-16 and ends within a character");
    char *text = malloc(n_bytes / 2 * UTF8_PER_UNIT + 1);
    if (text == NULL) return err_set(err, ERR_BUG, "out of memory");
    size_t used = 0;
    for (size_t i = 2; i < n_bytes; i += 2) {
        utf8proc_int32_t code = in[i + (size_t)high] << 8 | in[i + (size_t)(1 - high)];
        if (code >= HIGH_FIRST && code < LOW_FIRST && i + 3 < n_bytes) {
            utf8proc_int32_t low = in[i + 2 + (size_t)high] << 8 | in[i + 2 + (size_t)(1 - high)];
            if (low >= LOW_FIRST && low <= LOW_LAST) {
                code = PAIRS + ((code - HIGH_FIRST) << 10) + (low - LOW_FIRST);
                i += 2;
            }
        }
        used += (size_t)utf8proc_encode_char(code, (utf8proc_uint8_t *)text + used);
    }
    text[used] = '\0';
    *out = text;
    *n_out = used;
    return true;
}

bool input_read(const char *path, char **out, size_t *n_bytes, Err *err)
{
    char *data;
    size_t n;
    if (!file_read(path, INPUT_MAX_BYTES, &data, &n, err)) return false;
    if (has_gzip_magic(data, n)) {
        char *plain = NULL;
        size_t n_plain = 0;
        bool is_ok = gzip_unpack(data, n, &plain, &n_plain, err);
        free(data);
        if (!is_ok) return err_at(err, path, 0, 0);
        data = plain;
        n = n_plain;
    }
    if (input_is_utf16(data, n)) {
        char *text = NULL;
        size_t n_text = 0;
        bool is_ok = utf16_unpack(data, n, &text, &n_text, err);
        free(data);
        if (!is_ok) return err_at(err, path, 0, 0);
        data = text;
        n = n_text;
    }
    if (n >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        memmove(data, data + 3, n - 2);
        n -= 3;
    }
    *out = data;
    *n_bytes = n;
    return true;
}
