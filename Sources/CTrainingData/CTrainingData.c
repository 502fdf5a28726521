#include "CTrainingData.h"

const unsigned char headroom_training_constants[] = {
#embed "data/constants.json"
};
const size_t headroom_training_constants_size = sizeof headroom_training_constants;
