#define _GNU_SOURCE 1
#include "CHighs.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// HiGHS' C interface (interfaces/highs_c_api.h), built with 32-bit indices as every package of it is.
typedef int HighsInt;
typedef void (*HighsCallback)(int, const char *, const void *, void *, void *);
#define FUNCTIONS(F)                                                                                                   \
  F(void *, Highs_create, (void))                                                                                      \
  F(void, Highs_destroy, (void *))                                                                                     \
  F(const char *, Highs_version, (void))                                                                               \
  F(HighsInt, Highs_setBoolOptionValue, (void *, const char *, HighsInt))                                              \
  F(HighsInt, Highs_setIntOptionValue, (void *, const char *, HighsInt))                                               \
  F(HighsInt, Highs_setDoubleOptionValue, (void *, const char *, double))                                              \
  F(HighsInt, Highs_passMip,                                                                                           \
    (void *, HighsInt, HighsInt, HighsInt, HighsInt, HighsInt, double, const double *, const double *, const double *,  \
     const double *, const double *, const HighsInt *, const HighsInt *, const double *, const HighsInt *))            \
  F(HighsInt, Highs_addRow, (void *, double, double, HighsInt, const HighsInt *, const double *))                      \
  F(HighsInt, Highs_changeRowBounds, (void *, HighsInt, double, double))                                               \
  F(HighsInt, Highs_changeColBounds, (void *, HighsInt, double, double))                                               \
  F(HighsInt, Highs_setSolution, (void *, const double *, const double *, const double *, const double *))             \
  F(HighsInt, Highs_run, (void *))                                                                                     \
  F(HighsInt, Highs_getModelStatus, (const void *))                                                                    \
  F(HighsInt, Highs_getSolution, (const void *, double *, double *, double *, double *))                               \
  F(HighsInt, Highs_getDoubleInfoValue, (const void *, const char *, double *))                                        \
  F(HighsInt, Highs_getIntInfoValue, (const void *, const char *, HighsInt *))                                         \
  F(double, Highs_getInfinity, (const void *))                                                                         \
  F(HighsInt, Highs_getSizeofHighsInt, (const void *))                                                                 \
  F(HighsInt, Highs_setCallback, (void *, HighsCallback, void *))                                                      \
  F(HighsInt, Highs_startCallback, (void *, int))

#define SLOT(result, name, arguments) static result(*loaded_##name) arguments;
FUNCTIONS(SLOT)

static bool is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static char place[8192];

static void note(const char *path) {
  size_t length = strlen(place);
  snprintf(place + length, sizeof place - length, "%s%s", length ? "\n" : "", path);
}

static bool bind(void *library) {
#define FIND(result, name, arguments)                                                                                  \
  loaded_##name = (result(*) arguments)dlsym(library, #name);                                                          \
  if (!loaded_##name) return false;
  FUNCTIONS(FIND)
  void *highs = loaded_Highs_create();
  if (!highs) return false;
  bool fits = loaded_Highs_getSizeofHighsInt(highs) == (HighsInt)sizeof(HighsInt);
  loaded_Highs_destroy(highs);
  return fits;
}

static bool try(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library && bind(library)) {
    snprintf(place, sizeof place, "%s", path);
    return is_loaded = true;
  }
  if (library) dlclose(library);
  note(path);
  return false;
}

static bool try_in(const char *folder, const char *rest) {
  char path[PATH_MAX + 64];
  snprintf(path, sizeof path, "%s/%s", folder, rest);
  return try(path);
}

static void load(void) {
  const char *named = getenv("HEADROOM_HIGHS");
  if (named && *named) {
    try(named);
    return;
  }
  if (try("libhighs.so.1") || try("libhighs.so")) return;
  const char *kept = ".deps/highs/lib/libhighs.so";
  if (access(kept, R_OK) == 0 && try_in(".", kept)) return;
  char folder[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
  if (length <= 0) return;
  folder[length] = 0;
  char *slash = strrchr(folder, '/');
  if (!slash) return;
  *slash = 0;
  char above[PATH_MAX];
  snprintf(above, sizeof above, "%s", folder);
  for (int i = 0; i < 6 && (slash = strrchr(above, '/')); ++i) {
    char path[PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", above, kept);
    if (access(path, R_OK) == 0 && try(path)) return;
    *slash = 0;
  }
  if (try_in(folder, "libhighs.so")) return;
  try_in(folder, "../lib/libhighs.so");
}

bool headroom_highs_load(void) {
  pthread_once(&once, load);
  return is_loaded;
}
const char *headroom_highs_place(void) { return place; }
const char *headroom_highs_version(void) { return is_loaded ? loaded_Highs_version() : ""; }

void *headroom_highs_create(void) { return loaded_Highs_create(); }
void headroom_highs_destroy(void *highs) { loaded_Highs_destroy(highs); }
int headroom_highs_set_bool(void *highs, const char *option, bool value) {
  return loaded_Highs_setBoolOptionValue(highs, option, value);
}
int headroom_highs_set_int(void *highs, const char *option, int value) {
  return loaded_Highs_setIntOptionValue(highs, option, value);
}
int headroom_highs_set_double(void *highs, const char *option, double value) {
  return loaded_Highs_setDoubleOptionValue(highs, option, value);
}
int headroom_highs_pass(
    void *highs, int columns, int rows, int nonzeros, const double *cost, const double *lower, const double *upper,
    const double *row_lower, const double *row_upper, const int *starts, const int *index, const double *value,
    const int *integrality) {
  const int by_row = 2, minimize = 1;
  return loaded_Highs_passMip(
      highs, columns, rows, nonzeros, by_row, minimize, 0, cost, lower, upper, row_lower, row_upper, starts, index,
      value, integrality);
}
int headroom_highs_add_row(void *highs, double lower, double upper, int count, const int *index, const double *value) {
  return loaded_Highs_addRow(highs, lower, upper, count, index, value);
}
int headroom_highs_change_row(void *highs, int row, double lower, double upper) {
  return loaded_Highs_changeRowBounds(highs, row, lower, upper);
}
int headroom_highs_change_column(void *highs, int column, double lower, double upper) {
  return loaded_Highs_changeColBounds(highs, column, lower, upper);
}
int headroom_highs_set_solution(void *highs, const double *columns) {
  return loaded_Highs_setSolution(highs, columns, NULL, NULL, NULL);
}
int headroom_highs_run(void *highs) { return loaded_Highs_run(highs); }
int headroom_highs_status(void *highs) { return loaded_Highs_getModelStatus(highs); }
int headroom_highs_solution(void *highs, double *columns, double *column_duals, double *rows, double *row_duals) {
  return loaded_Highs_getSolution(highs, columns, column_duals, rows, row_duals);
}
int headroom_highs_info_double(void *highs, const char *name, double *value) {
  return loaded_Highs_getDoubleInfoValue(highs, name, value);
}
int headroom_highs_info_int(void *highs, const char *name, int *value) {
  return loaded_Highs_getIntInfoValue(highs, name, value);
}
double headroom_highs_infinity(void *highs) { return loaded_Highs_getInfinity(highs); }

// What a callback gives back begins with the wish to stop, in every version that has callbacks (1.6 and later).
static void asked(int kind, const char *message, const void *out, void *in, void *context) {
  (void)kind, (void)message, (void)out;
  struct headroom_highs_watch *watch = context;
  if (in && watch->stop(watch->context)) *(int *)in = 1;
}
void headroom_highs_watch(void *highs, struct headroom_highs_watch *watch) {
  const int simplex = 1, mip = 6;
  if (loaded_Highs_setCallback(highs, asked, watch) != 0) return;
  loaded_Highs_startCallback(highs, simplex);
  loaded_Highs_startCallback(highs, mip);
}
