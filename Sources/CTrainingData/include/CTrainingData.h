#pragma once
#include <stddef.h>

// What was fitted on measured training runs (constants.json), embedded at compile time by C23 #embed.
extern const unsigned char headroom_training_constants[];
extern const size_t headroom_training_constants_size;

// Swift cannot import an array whose length the header does not say.
static inline const unsigned char *headroom_training_constants_start(void) { return headroom_training_constants; }
