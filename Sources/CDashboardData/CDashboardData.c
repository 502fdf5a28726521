#include "CDashboardData.h"

const unsigned char headroom_dashboard_script[] = {
#embed "data/dashboard.js"
};
const size_t headroom_dashboard_script_size = sizeof headroom_dashboard_script;
const unsigned char headroom_dashboard_style[] = {
#embed "data/dashboard.css"
};
const size_t headroom_dashboard_style_size = sizeof headroom_dashboard_style;
