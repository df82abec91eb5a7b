#ifndef VITRINE_CDRMSHIM_H
#define VITRINE_CDRMSHIM_H
// A screen's connector, through the descriptor that SDL draws with.
#include <stdint.h>

/// A connector as the kernel sees it now.
struct cdrm_connector {
    uint32_t id;
    int is_connected;
    /// Not 0 when its DPMS property says anything but "on".
    int is_asleep;
    /// The mode it shows; 0 when it shows none.
    int width, height, refresh;
    /// Such as HDMI-A-1.
    char name[40];
};

/// The descriptor that SDL shows `window` (an SDL_Window) with; -1 unless SDL drives the screen itself (KMSDRM).
int cdrm_window_descriptor(void *window);
/// Writes up to `capacity` connectors in the kernel's order, without probing them. Returns how many, or -errno.
int cdrm_connectors(int descriptor, struct cdrm_connector *connectors, int capacity);
/// Switches a connector on or off by its DPMS property. Returns 0, or -errno: ENOENT when it has no such property.
int cdrm_set_power(int descriptor, uint32_t connector, int is_on);

#endif
