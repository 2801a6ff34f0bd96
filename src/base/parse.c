/* Strict numbers and quantities with units. Layer: base. */
#include "tokentco/parse.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The length of a plain decimal number at the head of `text`: sign, digits, point, exponent. 0: none. */
static size_t number_length(const char *text)
{
    size_t i = (text[0] == '-' || text[0] == '+') ? 1 : 0;
    size_t n_digits = 0;
    for (; isdigit((unsigned char)text[i]); i++) n_digits++;
    if (text[i] == '.') {
        i++;
        for (; isdigit((unsigned char)text[i]); i++) n_digits++;
    }
    if (n_digits == 0) return 0;
    if (text[i] == 'e' || text[i] == 'E') {
        size_t j = i + 1;
        if (text[j] == '-' || text[j] == '+') j++;
        if (isdigit((unsigned char)text[j])) {
            while (isdigit((unsigned char)text[j])) j++;
            i = j;
        }
    }
    return i;
}

static bool number_head(const char *text, double *out, size_t *length, Err *err)
{
    *length = number_length(text);
    if (*length == 0) return err_set(err, ERR_DATA, "'%.40s' is not a number", text);
    errno = 0;
    double value = strtod(text, NULL);
    if (!isfinite(value)) return err_set(err, ERR_DATA, "'%.40s' is too large for a number", text);
    *out = value;
    return true;
}

/* Plain decimals of up to 15 digits: digits over a power of ten, both exact in a double, so that the quotient
 * is the double nearest to the text. Price files are made of them. False for everything else. */
static bool plain_decimal(const char *text, double *out)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    enum { DIGITS_MAX = 15, TEN = 10 };
    long long digits = 0;
    int n = 0, n_decimals = 0;
    bool has_point = false;
    for (; *text != '\0'; text++) {
        if (*text == '.' && !has_point && n > 0) {
            has_point = true;
        } else if (*text >= '0' && *text <= '9' && n < DIGITS_MAX) {
            digits = digits * TEN + (*text - '0');
            n++;
            n_decimals += has_point;
        } else {
            return false;
        }
    }
    if (n == 0 || (has_point && n_decimals == 0)) return false;
    *out = (double)digits / powers[n_decimals];
    return true;
}

bool parse_number(const char *text, double *out, Err *err)
{
    if (plain_decimal(text, out)) return true;
    size_t length;
    double value;
    if (!number_head(text, &value, &length, err)) return false;
    if (text[length] != '\0') return err_set(err, ERR_DATA, "'%.40s' is not a plain number", text);
    *out = value;
    return true;
}

bool parse_integer(const char *text, long min, long max, long *out, Err *err)
{
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return err_set(err, ERR_DATA, "'%.40s' is not a whole number", text);
    errno = 0;
    long value = strtol(text, NULL, 10);
    if (errno == ERANGE || value < min || value > max)
        return err_set(err, ERR_DATA, "%.40s is outside %ld to %ld", text, min, max);
    *out = value;
    return true;
}

/* What a person may write after a number. `family` is the kind of field that accepts it; NULL: any. */
typedef struct Suffix {
    const char *text;
    const char *family; /* "frac", "s", "mo", "h", "usd", "count" or NULL */
    double factor;
} Suffix;

static const Suffix suffixes[] = {
    {"", NULL, 1.0},         {"k", NULL, 1e3},       {"K", NULL, 1e3},         {"M", NULL, 1e6},
    {"G", NULL, 1e9},        {"B", NULL, 1e9},       {"bn", NULL, 1e9},        {"T", NULL, 1e12},
    {"%", "frac", 0.01},     {"x", NULL, 1.0},       {"ms", "s", 1e-3},        {"us", "s", 1e-6},
    {"s", "s", 1.0},         {"min", "s", 60.0},     {"mo", "mo", 1.0},        {"months", "mo", 1.0},
    {"yr", "mo", 12.0},      {"y", "mo", 12.0},      {"h", "h", 1.0},          {"d", "h", 24.0},
    {"/h", "usd/h", 1.0},    {"/mo", "usd/mo", 1.0}, {"/GB", "usd/gb", 1.0},   {"/Mtok", "usd/mtok", 1.0},
    {"/M", "usd/mtok", 1.0}, {"/yr", "/yr", 1.0},    {"/kWh", "usd/kwh", 1.0},
};

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* Does a field whose unit is `unit` take a suffix of this family? */
static bool family_matches(const char *family, const char *unit)
{
    if (family == NULL) return true;
    if (strcmp(family, "frac") == 0)
        return strcmp(unit, "frac") == 0 || strcmp(unit, "/mo") == 0 || strcmp(unit, "/yr") == 0;
    if (strcmp(family, "s") == 0) return strcmp(unit, "s") == 0;
    if (strcmp(family, "mo") == 0) return strcmp(unit, "mo") == 0 || strcmp(unit, "months") == 0;
    if (strcmp(family, "h") == 0) return strcmp(unit, "h") == 0;
    if (strcmp(family, "usd/h") == 0) return contains(unit, "USD") && contains(unit, "h");
    if (strcmp(family, "usd/mo") == 0) return contains(unit, "/mo");
    if (strcmp(family, "usd/gb") == 0) return contains(unit, "GB");
    if (strcmp(family, "usd/mtok") == 0) return contains(unit, "Mtok");
    if (strcmp(family, "usd/kwh") == 0) return contains(unit, "kWh");
    return strcmp(family, unit) == 0;
}

/* By a hundredth is over a hundred, or 35 % would be 0.35000000000000003. */
static double scaled(double value, double factor)
{
    return factor < 1.0 ? value / round(1.0 / factor) : value * factor;
}

/* One quantity that ends at `end` (exclusive). */
static bool quantity_span(const char *text, size_t length, const char *unit, double *out, Err *err)
{
    char copy[64];
    while (length > 0 && isspace((unsigned char)*text)) text++, length--;
    while (length > 0 && isspace((unsigned char)text[length - 1])) length--;
    if (length == 0 || length >= sizeof copy) return err_set(err, ERR_DATA, "not a quantity; write a number");
    memcpy(copy, text, length);
    copy[length] = '\0';
    const char *number = copy;
    if (number[0] == '$') {
        if (!contains(unit, "USD"))
            return err_set(err, ERR_DATA, "'%s': this field is in %s, not money", copy, unit);
        number++;
    }
    double value;
    size_t used;
    if (!number_head(number, &value, &used, err)) return false;
    const char *rest = number + used;
    while (isspace((unsigned char)*rest)) rest++;
    if (strcmp(rest, unit) == 0) rest = "";
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (strcmp(suffixes[i].text, rest) != 0) continue;
        if (!family_matches(suffixes[i].family, unit)) break;
        value = scaled(value, suffixes[i].factor);
        if (!isfinite(value)) return err_set(err, ERR_DATA, "'%s' is too large", copy);
        *out = value;
        return true;
    }
    return err_set(err, ERR_DATA, "'%s' does not fit a field in %s", copy,
                   unit[0] != '\0' ? unit : "plain numbers");
}

bool parse_quantity(const char *text, const char *unit, double *out, Err *err)
{
    return quantity_span(text, strlen(text), unit, out, err);
}

bool parse_range(const char *text, const char *unit, double *low, double *high, Err *err)
{
    const char *to = strstr(text, " to ");
    if (to == NULL) return err_set(err, ERR_DATA, "'%.40s' is not a range; write it as \"0.4 to 2.5\"", text);
    double a, b;
    if (!quantity_span(text, (size_t)(to - text), unit, &a, err)) return false;
    if (!quantity_span(to + 4, strlen(to + 4), unit, &b, err)) return false;
    if (!(a < b)) return err_set(err, ERR_DATA, "'%.40s': the first figure must be below the second", text);
    *low = a;
    *high = b;
    return true;
}

enum { WORD_MAX = 64, DISTANCE_CAP = 99 };

int edit_distance(const char *a, const char *b)
{
    size_t n_a = strlen(a), n_b = strlen(b);
    if (n_a >= WORD_MAX || n_b >= WORD_MAX) return DISTANCE_CAP;
    int row[WORD_MAX + 1];
    for (size_t j = 0; j <= n_b; j++) row[j] = (int)j;
    for (size_t i = 1; i <= n_a; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= n_b; j++) {
            bool is_same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            int best = diagonal + (is_same ? 0 : 1);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[n_b];
}

bool names_alike(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a != '\0' && !isalnum((unsigned char)*a)) a++;
        while (*b != '\0' && !isalnum((unsigned char)*b)) b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) return false;
        if (*a == '\0') return true;
    }
}
