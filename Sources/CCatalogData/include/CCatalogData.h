#pragma once
#include <stddef.h>

// Catalog files (JSON), embedded at compile time by C23 #embed: the binary needs no files beside it.
extern const unsigned char headroom_catalog_machines[];
extern const size_t headroom_catalog_machines_size;

// Swift cannot import an array whose length the header does not say.
static inline const unsigned char *headroom_catalog_machines_start(void) { return headroom_catalog_machines; }
