/* Dates and months, strict. Layer: base.
 *
 * Day numbers follow the proleptic Gregorian calendar; the conversion counts years from March, so that the
 * leap day is the last day of a year.
 */
#include "tokentco/parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { YEAR_MIN = 1900, YEAR_MAX = 2199, DAYS_PER_ERA = 146097, EPOCH_OFFSET_DAYS = 719468 };

Date date_of(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_OFFSET_DAYS;
}

void date_split(Date date, int *year, int *month, int *day)
{
    int z = date + EPOCH_OFFSET_DAYS;
    int era = (z >= 0 ? z : z - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int day_of_era = z - era * DAYS_PER_ERA;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_PER_ERA - 1)) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted = (5 * day_of_year + 2) / 153;
    *day = day_of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

/* Digits only, exactly `n`. */
static bool digits(const char *text, size_t n, int *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)text[i])) return false;
        *out = *out * 10 + (text[i] - '0');
    }
    return true;
}

static bool year_month(const char *text, int *year, int *month)
{
    return digits(text, 4, year) && text[4] == '-' && digits(text + 5, 2, month) && *year >= YEAR_MIN &&
           *year <= YEAR_MAX && *month >= 1 && *month <= 12;
}

bool parse_date(const char *text, Date *out, Err *err)
{
    int year, month, day;
    if (strlen(text) != 10 || !year_month(text, &year, &month) || text[7] != '-' ||
        !digits(text + 8, 2, &day))
        return err_set(err, ERR_DATA, "'%.40s' is not a date; write YYYY-MM-DD", text);
    Date date = date_of(year, month, day);
    int y, m, d;
    date_split(date, &y, &m, &d);
    if (day < 1 || m != month || d != day) return err_set(err, ERR_DATA, "'%.40s': no such day", text);
    *out = date;
    return true;
}

bool parse_month(const char *text, Month *out, Err *err)
{
    int year, month;
    if (strlen(text) != 7 || !year_month(text, &year, &month))
        return err_set(err, ERR_DATA, "'%.40s' is not a month; write YYYY-MM", text);
    *out = 12 * year + month - 1;
    return true;
}

void date_format(Date date, char out[16])
{
    int year, month, day;
    date_split(date, &year, &month, &day);
    snprintf(out, 16, "%04d-%02d-%02d", year % 10000, month % 100, day % 100);
}

void month_format(Month month, char out[16])
{
    snprintf(out, 16, "%04d-%02d", (month / 12) % 10000, month % 12 + 1);
}

Month month_of_date(Date date)
{
    int year, month, day;
    date_split(date, &year, &month, &day);
    return 12 * year + month - 1;
}

Date date_of_month(Month month)
{
    return date_of(month / 12, month % 12 + 1, 1);
}

Date date_today(void)
{
    return (Date)(time(NULL) / 86400);
}
