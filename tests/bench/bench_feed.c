/* Timings of price feeds: a catalogue of 100 MB beside libcsv that reads it with empty callbacks, and the
 * files that are named, each with the book that it is compared with.
 *
 * The catalogue is made here: machines with and without accelerators, each row with a price of its own. Both
 * read the same file in turn; times are those of the processor, since the machine may be busy.
 */
#include "tokentco/price_import.h"
#include "tokentco/price_tables.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PAIRS = 7, CATALOGUE_BYTES = 100000000, READ_BYTES = 1 << 18, PRICES = 1000, REGIONS = 40 };

static char path[] = "/tmp/tokentco-catalogue-XXXXXX";

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, PAIRS, sizeof *values, compare);
    return values[PAIRS / 2];
}

static bool write_catalogue(void)
{
    static const struct {
        const char *machine, *gpu;
        int count, mib;
        double usd;
    } machines[] = {{"p5.48xlarge", "H100", 8, 81559, 55.04},   {"p4d.24xlarge", "A100", 8, 40960, 21.96},
                    {"p4de.24xlarge", "A100", 8, 81920, 27.45}, {"g6.xlarge", "L4", 1, 22888, 0.8048},
                    {"g5.xlarge", "A10G", 1, 22888, 1.006},     {"g6e.xlarge", "L40S", 1, 45776, 1.861},
                    {"p5en.48xlarge", "H200", 8, 144384, 63.3}, {"g4dn.xlarge", "T4", 1, 15360, 0.526},
                    {"p3.2xlarge", "V100", 1, 16384, 3.06},     {"m5.4xlarge", "", 0, 0, 0.768}};
    enum { N_MACHINES = sizeof machines / sizeof machines[0] };
    FILE *out = fdopen(mkstemp(path), "w");
    if (out == NULL) return false;
    long n_bytes =
        fprintf(out, "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,"
                     "Region,AvailabilityZone\n");
    for (unsigned row = 0; n_bytes < CATALOGUE_BYTES; row++) {
        const int m = (int)(row % N_MACHINES), region = (int)(row / N_MACHINES % REGIONS);
        const double usd = machines[m].usd * (1.0 + row * 7919U % PRICES * 1e-4);
        char count[16] = "", info[256] = "";
        if (machines[m].count > 0) {
            snprintf(count, sizeof count, "%d.0", machines[m].count);
            snprintf(info, sizeof info,
                     "\"{'Gpus': [{'Name': '%s', 'Manufacturer': 'NVIDIA', 'Count': %d.0, 'MemoryInfo': "
                     "{'SizeInMiB': "
                     "%d}}], 'TotalGpuMemoryInMiB': %d}\"",
                     machines[m].gpu, machines[m].count, machines[m].mib,
                     machines[m].count * machines[m].mib);
        }
        n_bytes +=
            fprintf(out, "%s,%s,%s,96.0,1152.0,%s,%.4f,%.4f,region-%d,region-%d%c\n", machines[m].machine,
                    machines[m].gpu, count, info, usd, 0.4 * usd, region, region, 'a' + row % 3);
    }
    return fclose(out) == 0;
}

static void no_field(void *data, size_t length, void *context)
{
    (void)data;
    (void)length;
    (void)context;
}

static void no_record(int terminator, void *context)
{
    (void)terminator;
    (void)context;
}

static bool read_with_libcsv(void)
{
    static char bytes[READ_BYTES];
    struct csv_parser parser;
    FILE *in = fopen(path, "rb");
    if (in == NULL || csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0) return false;
    bool is_ok = true;
    for (size_t n; is_ok && (n = fread(bytes, 1, sizeof bytes, in)) > 0;)
        is_ok = csv_parse(&parser, bytes, n, no_field, no_record, NULL) == n;
    is_ok = csv_fini(&parser, no_field, no_record, NULL) == 0 && is_ok;
    csv_free(&parser);
    fclose(in);
    return is_ok;
}

/* Reads the book and the file; the processor's time in `*seconds`. */
static bool import_file(const char *file, double *seconds, long *n_read)
{
    PriceBook book;
    ImportReport report;
    ErrList errors;
    ImportOptions options = {.provider = "aws", .has_date = true, .retrieved_on = date_of(2026, 8, 1)};
    err_list_init(&errors);
    double start = cpu_s();
    bool is_ok =
        pricebook_open(&book, NULL, &errors) && pricebook_need(&book, PRICE_GPU_RENTAL, &errors) &&
        pricebook_need(&book, PRICE_API, &errors) && pricebook_need(&book, PRICE_CONTRACTS, &errors) &&
        pricebook_need(&book, PRICE_ACCELERATORS, &errors) && pricebook_need(&book, PRICE_ALIASES, &errors) &&
        import_read(&book, file, &options, &report, &errors);
    *seconds = cpu_s() - start;
    if (is_ok) {
        *n_read = report.n_read;
        import_free(&report);
    }
    pricebook_close(&book);
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    return is_ok;
}

static bool compare_catalogue(void)
{
    double ours[PAIRS], theirs[PAIRS], ratios[PAIRS];
    long n_read = 0;
    for (int i = 0; i < PAIRS; i++) {
        double start = cpu_s();
        if (!read_with_libcsv()) return false;
        theirs[i] = cpu_s() - start;
        if (!import_file(path, &ours[i], &n_read)) return false;
        ratios[i] = ours[i] / theirs[i];
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("catalogue of %d MB, %ld prices: import %.2f s, libcsv with empty callbacks %.2f s, ratio %.2f "
           "(medians of %d "
           "pairs); peak memory %.1f MB\n",
           CATALOGUE_BYTES / 1000000, n_read, median(ours), median(theirs), median(ratios), PAIRS,
           (double)usage.ru_maxrss * 1024.0 / 1e6);
    return true;
}

int main(int argc, char **argv)
{
    bool is_ok = write_catalogue() && compare_catalogue();
    unlink(path);
    for (int a = 1; is_ok && a < argc; a++) {
        double seconds[PAIRS];
        long n_read = 0;
        for (int i = 0; is_ok && i < PAIRS; i++) is_ok = import_file(argv[a], &seconds[i], &n_read);
        if (!is_ok) continue;
        const double middle = median(seconds); /* sorts */
        printf("%s: %ld prices, %.1f ms (least of %d: %.1f ms), the book's tables included\n", argv[a],
               n_read, 1e3 * middle, PAIRS, 1e3 * seconds[0]);
    }
    return is_ok ? 0 : 1;
}
