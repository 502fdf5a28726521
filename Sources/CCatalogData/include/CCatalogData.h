#pragma once
#include <stddef.h>

// Catalog files (JSON), embedded at compile time by C23 #embed: the binary needs no files beside it.
extern const unsigned char headroom_catalog_machines[];
extern const size_t headroom_catalog_machines_size;
extern const unsigned char headroom_catalog_accelerators[];
extern const size_t headroom_catalog_accelerators_size;
extern const unsigned char headroom_catalog_models[];
extern const size_t headroom_catalog_models_size;
extern const unsigned char headroom_catalog_engines[];
extern const size_t headroom_catalog_engines_size;

// Swift cannot import an array whose length the header does not say.
static inline const unsigned char *headroom_catalog_machines_start(void) { return headroom_catalog_machines; }
static inline const unsigned char *headroom_catalog_accelerators_start(void) { return headroom_catalog_accelerators; }
static inline const unsigned char *headroom_catalog_models_start(void) { return headroom_catalog_models; }
static inline const unsigned char *headroom_catalog_engines_start(void) { return headroom_catalog_engines; }
