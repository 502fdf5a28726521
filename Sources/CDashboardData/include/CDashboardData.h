#pragma once
#include <stddef.h>

// The dashboard's own script and stylesheet, embedded at compile time by C23 #embed.
extern const unsigned char headroom_dashboard_script[];
extern const size_t headroom_dashboard_script_size;
extern const unsigned char headroom_dashboard_style[];
extern const size_t headroom_dashboard_style_size;

// Swift cannot import arrays whose lengths the header does not say.
static inline const unsigned char *headroom_dashboard_script_start(void) { return headroom_dashboard_script; }
static inline const unsigned char *headroom_dashboard_style_start(void) { return headroom_dashboard_style; }
