/* Times as logs write them. Layer: feed. */
#include "feed/time_in.h"

#include "tokentco/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S       86400.0
#define YEAR_1990_S 631152000.0
#define YEAR_2200_S 7258118400.0

/* `n` digits at *text, which moves past them. */
static bool take_digits(const char **text, int n, int *out)
{
    *out = 0;
    for (int i = 0; i < n; i++) {
        char c = (*text)[i];
        if (c < '0' || c > '9') return false;
        *out = 10 * *out + (c - '0');
    }
    *text += n;
    return true;
}

static bool take(const char **text, char c)
{
    if (**text != c) return false;
    (*text)++;
    return true;
}

/* ".25" to 0.25; nothing to 0. */
static double take_fraction(const char **text)
{
    double fraction = 0.0, unit = 0.1;
    if (**text != '.' && **text != ',') return 0.0;
    for ((*text)++; **text >= '0' && **text <= '9'; (*text)++, unit /= 10.0)
        fraction += unit * (**text - '0');
    return fraction;
}

/* "", "Z", " UTC", "+01:00", "-0330": seconds east of UTC. */
static bool take_zone(const char **text, int *east_s)
{
    int hours = 0, minutes = 0;
    *east_s = 0;
    if (strcmp(*text, "") == 0 || strcmp(*text, "Z") == 0 || strcmp(*text, " UTC") == 0) return true;
    char sign = **text;
    if (sign != '+' && sign != '-') return false;
    (*text)++;
    if (!take_digits(text, 2, &hours)) return false;
    take(text, ':');
    if (**text != '\0' && !take_digits(text, 2, &minutes)) return false;
    *east_s = (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return **text == '\0';
}

static bool parse_calendar(const char *text, double *unix_s)
{
    int year, month, day, hour = 0, minute = 0, second = 0, east_s = 0;
    char date_text[16];
    Date date;
    if (!take_digits(&text, 4, &year)) return false;
    bool is_dashed = take(&text, '-');
    if (!take_digits(&text, 2, &month) || (is_dashed && !take(&text, '-')) || !take_digits(&text, 2, &day))
        return false;
    snprintf(date_text, sizeof date_text, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
    if (!parse_date(date_text, &date, NULL)) return false;
    double fraction = 0.0;
    if (*text != '\0') {
        if (*text != 'T' && *text != ' ' && *text != '-') return false;
        text++;
        if (!take_digits(&text, 2, &hour)) return false;
        bool is_colon = take(&text, ':');
        if (!take_digits(&text, 2, &minute) || (is_colon && !take(&text, ':')) ||
            !take_digits(&text, 2, &second))
            return false;
        fraction = take_fraction(&text);
        if (!take_zone(&text, &east_s)) return false;
    }
    if (hour > 23 || minute > 59 || second > 60) return false;
    *unix_s = (double)date * DAY_S + hour * 3600 + minute * 60 + second + fraction - east_s;
    return true;
}

bool time_of_number(double number, double *unix_s)
{
    static const double units[] = {1.0, 1e3, 1e6, 1e9};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        *unix_s = number / units[i];
        if (*unix_s >= YEAR_1990_S && *unix_s < YEAR_2200_S) return true;
    }
    return false;
}

bool time_parse(const char *text, double *unix_s)
{
    double number = 0.0;
    if (parse_calendar(text, unix_s)) return *unix_s >= YEAR_1990_S && *unix_s < YEAR_2200_S;
    return parse_number(text, &number, NULL) && time_of_number(number, unix_s);
}

void time_format(double unix_s, char out[TIME_TEXT_BYTES])
{
    double day = floor(unix_s / DAY_S);
    int rest = (int)(unix_s - day * DAY_S);
    char date_text[16];
    date_format((Date)day, date_text);
    snprintf(out, TIME_TEXT_BYTES, "%.10sT%02d:%02d:%02dZ", date_text, rest / 3600 % 24, rest / 60 % 60,
             rest % 60);
}
