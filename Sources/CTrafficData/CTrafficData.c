#include "CTrafficData.h"

const unsigned char headroom_lag_prior[] = {
#embed "data/lag-prior.f32"
};
const size_t headroom_lag_prior_size = sizeof headroom_lag_prior;
