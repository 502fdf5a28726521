#pragma once
#include <stdbool.h>
#include <stdint.h>

// HiGHS is twenty megabytes with its linear algebra and serves a few verbs, so it is not linked but loaded when the
// first program is solved. Only these functions of its C interface are used; they have kept their form since HiGHS 1.5.
// `headroom_highs_load` comes before every other call here; the others must not be called where it gave false.
//
// Where it is looked for, in this order; the first that loads is taken:
//   1. the file that HEADROOM_HIGHS names (and nowhere else where it names one),
//   2. libhighs.so.1 and libhighs.so where the system's loader finds them,
//   3. .deps/highs/lib below the current folder, and below the folders above the program's own,
//   4. beside the program, and in lib beside its folder.
bool headroom_highs_load(void);
// The file or name that was loaded; or what was tried, a line each, where nothing was. Never null.
const char *headroom_highs_place(void);
// HiGHS' own version, as 1.15.1. Empty where nothing is loaded.
const char *headroom_highs_version(void);

void *headroom_highs_create(void);
void headroom_highs_destroy(void *highs);
int headroom_highs_set_bool(void *highs, const char *option, bool value);
int headroom_highs_set_int(void *highs, const char *option, int value);
int headroom_highs_set_double(void *highs, const char *option, double value);
// Rows are given by row: starts has rows + 1 elements less the last. Integrality is one byte a column: 0 or 1.
int headroom_highs_pass(
    void *highs, int columns, int rows, int nonzeros, const double *cost, const double *lower, const double *upper,
    const double *row_lower, const double *row_upper, const int *starts, const int *index, const double *value,
    const int *integrality);
int headroom_highs_add_row(void *highs, double lower, double upper, int count, const int *index, const double *value);
int headroom_highs_change_row(void *highs, int row, double lower, double upper);
int headroom_highs_change_column(void *highs, int column, double lower, double upper);
int headroom_highs_set_solution(void *highs, const double *columns);
int headroom_highs_run(void *highs);
// HiGHS' model status: 7 optimal, 8 infeasible, 9 unbounded or infeasible, 10 unbounded, 13 time limit, 17 interrupt.
int headroom_highs_status(void *highs);
int headroom_highs_solution(void *highs, double *columns, double *column_duals, double *rows, double *row_duals);
int headroom_highs_info_double(void *highs, const char *name, double *value);
int headroom_highs_info_int(void *highs, const char *name, int *value);
double headroom_highs_infinity(void *highs);

// Asked now and then while a mixed-integer program is solved; it ends where the answer is true.
typedef bool (*headroom_highs_stop)(void *context);
struct headroom_highs_watch {
  headroom_highs_stop stop;
  void *context;
};
// The watch must outlive the run.
void headroom_highs_watch(void *highs, struct headroom_highs_watch *watch);
