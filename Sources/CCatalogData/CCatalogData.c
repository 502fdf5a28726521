#include "CCatalogData.h"

const unsigned char headroom_catalog_machines[] = {
#embed "data/machines.json"
};
const size_t headroom_catalog_machines_size = sizeof headroom_catalog_machines;

const unsigned char headroom_catalog_accelerators[] = {
#embed "data/accelerators.json"
};
const size_t headroom_catalog_accelerators_size = sizeof headroom_catalog_accelerators;

const unsigned char headroom_catalog_models[] = {
#embed "data/models.json"
};
const size_t headroom_catalog_models_size = sizeof headroom_catalog_models;

const unsigned char headroom_catalog_engines[] = {
#embed "data/engines.json"
};
const size_t headroom_catalog_engines_size = sizeof headroom_catalog_engines;
