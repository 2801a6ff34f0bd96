/* Reading and writing pricing/calibration.csv.
 *
 * Layer: feed.
 */
#ifndef TOKENTCO_CALIBRATION_TABLE_H
#define TOKENTCO_CALIBRATION_TABLE_H

#include "tokentco/calibration.h"

/* Reads a table; every fault goes to the list. */
bool calibration_table_read(const char *path, Arena *arena, CalibrationTable *out, ErrList *errors);

/* Reads the overlay's table if there is one, else the shipped one. `overlay` may be "". A book without a
 * table leaves `out` empty: predictions then are uncalibrated and say so. */
bool calibration_table_find(const char *folder, const char *overlay, Arena *arena, CalibrationTable *out,
                            ErrList *errors);

/* Writes a table. `data_name` and `date` (YYYY-MM-DD) say what it was fitted to. */
bool calibration_table_write(const char *path, const CalibrationTable *table, const char *data_name,
                             const char *date, Err *err);

#endif
