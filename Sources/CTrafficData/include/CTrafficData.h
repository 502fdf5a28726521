#pragma once
#include <stddef.h>

// What many series of hours have in common (LagPrior.bytes), embedded at compile time by C23 #embed.
extern const unsigned char headroom_lag_prior[];
extern const size_t headroom_lag_prior_size;

// Swift cannot import an array whose length the header does not say.
static inline const unsigned char *headroom_lag_prior_start(void) { return headroom_lag_prior; }
