#include "CCatalogData.h"

const unsigned char headroom_catalog_machines[] = {
#embed "data/machines.json"
};
const size_t headroom_catalog_machines_size = sizeof headroom_catalog_machines;
