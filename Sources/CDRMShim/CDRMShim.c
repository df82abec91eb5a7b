#include "CDRMShim.h"

#include <SDL.h>
#include <SDL_syswm.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

int cdrm_window_descriptor(void *window) {
    SDL_SysWMinfo info;
    SDL_VERSION(&info.version);
    if (!SDL_GetWindowWMInfo(window, &info)) return -1;
    return info.subsystem == SDL_SYSWM_KMSDRM ? info.info.kmsdrm.drm_fd : -1;
}

// As the kernel names them in /sys/class/drm; libdrm has the function in newer versions only.
static const char *type_name(uint32_t type) {
    static const char *const names[] = {"Unknown", "VGA",    "DVI-I",  "DVI-D", "DVI-A", "Composite", "SVIDEO",
                                        "LVDS",    "Component", "DIN", "DP",    "HDMI-A", "HDMI-B",   "TV",
                                        "eDP",     "Virtual", "DSI",   "DPI",   "Writeback", "SPI",   "USB"};
    return type < sizeof names / sizeof names[0] ? names[type] : "Unknown";
}

static void read_power(int descriptor, drmModeConnector *connector, struct cdrm_connector *out) {
    for (int i = 0; i < connector->count_props; i++) {
        drmModePropertyRes *property = drmModeGetProperty(descriptor, connector->props[i]);
        if (property == NULL) continue;
        if (strcmp(property->name, "DPMS") == 0) out->is_asleep = connector->prop_values[i] != DRM_MODE_DPMS_ON;
        drmModeFreeProperty(property);
    }
}

static void read_mode(int descriptor, drmModeConnector *connector, struct cdrm_connector *out) {
    drmModeEncoder *encoder = drmModeGetEncoder(descriptor, connector->encoder_id);
    if (encoder == NULL) return;
    drmModeCrtc *crtc = drmModeGetCrtc(descriptor, encoder->crtc_id);
    drmModeFreeEncoder(encoder);
    if (crtc == NULL) return;
    if (crtc->mode_valid) {
        out->width = crtc->mode.hdisplay;
        out->height = crtc->mode.vdisplay;
        out->refresh = (int)crtc->mode.vrefresh;
    }
    drmModeFreeCrtc(crtc);
}

int cdrm_connectors(int descriptor, struct cdrm_connector *connectors, int capacity) {
    drmModeRes *resources = drmModeGetResources(descriptor);
    if (resources == NULL) return -errno;
    int count = 0;
    for (int i = 0; i < resources->count_connectors && count < capacity; i++) {
        // "Current" asks the kernel's memory; a real probe can take a second and disturbs a picture.
        drmModeConnector *connector = drmModeGetConnectorCurrent(descriptor, resources->connectors[i]);
        if (connector == NULL) continue;
        struct cdrm_connector *out = &connectors[count++];
        memset(out, 0, sizeof *out);
        out->id = connector->connector_id;
        out->is_connected = connector->connection == DRM_MODE_CONNECTED;
        snprintf(out->name, sizeof out->name, "%s-%u", type_name(connector->connector_type), connector->connector_type_id);
        read_power(descriptor, connector, out);
        read_mode(descriptor, connector, out);
        drmModeFreeConnector(connector);
    }
    drmModeFreeResources(resources);
    return count;
}

int cdrm_set_power(int descriptor, uint32_t identifier, int is_on) {
    drmModeConnector *connector = drmModeGetConnectorCurrent(descriptor, identifier);
    if (connector == NULL) return -errno;
    int result = -ENOENT;
    for (int i = 0; i < connector->count_props; i++) {
        drmModePropertyRes *property = drmModeGetProperty(descriptor, connector->props[i]);
        if (property == NULL) continue;
        if (strcmp(property->name, "DPMS") == 0) {
            uint64_t value = is_on ? DRM_MODE_DPMS_ON : DRM_MODE_DPMS_OFF;
            result = drmModeConnectorSetProperty(descriptor, identifier, property->prop_id, value) == 0 ? 0 : -errno;
        }
        drmModeFreeProperty(property);
    }
    drmModeFreeConnector(connector);
    return result;
}
