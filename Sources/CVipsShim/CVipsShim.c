#define _GNU_SOURCE
#include "CVipsShim.h"

#include <string.h>
#include <vips/vips.h>

static gint missing_data;

// libvips says some things in warnings only. They go no further.
static void note_warning(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer data) {
    (void)domain, (void)level, (void)data;
    if (strstr(message, "premature end of data segment") != NULL) g_atomic_int_set(&missing_data, 1);
}

int vitrine_vips_start(const char *program) {
    if (VIPS_INIT(program)) return -1;
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, note_warning, NULL);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);
    vips_block_untrusted_set(TRUE);
    return 0;
}

const char *vitrine_vips_error(void) { return vips_error_buffer(); }

void vitrine_vips_error_clear(void) { vips_error_clear(); }

int vitrine_vips_data_was_missing(void) { return g_atomic_int_get(&missing_data); }

const char *vitrine_vips_loader(const char *path) { return vips_foreign_find_load(path); }

vitrine_image *vitrine_vips_open(const char *path) {
    // VIPS_FAIL_ON_TRUNCATED lets a header followed by rubbish pass as grey.
    return vips_image_new_from_file(path, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_ERROR, NULL);
}

// Three bands of 8-bit sRGB, whatever came; takes over the reference to `image`.
static VipsImage *plain(VipsImage *image) {
    VipsImage *next = NULL;
    if (vips_image_get_interpretation(image) != VIPS_INTERPRETATION_sRGB) {
        int failed = vips_colourspace(image, &next, VIPS_INTERPRETATION_sRGB, NULL);
        g_object_unref(image);
        if (failed) return NULL;
        image = next;
    }
    if (vips_image_hasalpha(image)) {
        int failed = vips_flatten(image, &next, NULL);
        g_object_unref(image);
        if (failed) return NULL;
        image = next;
    }
    if (vips_image_get_format(image) != VIPS_FORMAT_UCHAR) {
        int failed = vips_cast(image, &next, VIPS_FORMAT_UCHAR, NULL);
        g_object_unref(image);
        if (failed) return NULL;
        image = next;
    }
    if (vips_image_get_bands(image) != 3) {
        int failed = vips_image_get_bands(image) > 3 ? vips_extract_band(image, &next, 0, "n", 3, NULL)
                                                     : vips_colourspace(image, &next, VIPS_INTERPRETATION_sRGB, NULL);
        g_object_unref(image);
        if (failed) return NULL;
        image = next;
    }
    return image;
}

// The profile to read a file's colours by where it carries none, or a broken one; NULL for grey, which needs none.
static const char *fallback_profile(VipsImage *header) {
    switch (vips_image_get_interpretation(header)) {
        case VIPS_INTERPRETATION_B_W:
        case VIPS_INTERPRETATION_GREY16: return NULL;
        case VIPS_INTERPRETATION_CMYK: return "cmyk";
        default: return "srgb";
    }
}

vitrine_image *vitrine_vips_open_scaled(const char *path, int width, int height) {
    VipsImage *header = vitrine_vips_open(path);
    if (header == NULL) return NULL;
    const char *profile = fallback_profile(header);
    gboolean is_tagged = vips_image_get_typeof(header, VIPS_META_ICC_NAME) != 0;
    g_object_unref(header);
    VipsImage *image = NULL;
    int failed;
    if (profile != NULL) {
        // Both profiles: without the import profile a file that carries none is taken for a device of unknown colour
        // and shifts by several levels.
        failed = vips_thumbnail(path, &image, width, "height", height, "size", VIPS_SIZE_FORCE, "import_profile",
                                profile, "export_profile", "srgb", "fail_on", VIPS_FAIL_ON_ERROR, NULL);
    } else {
        // A grey file's own profile counts; sRGB as a fallback would be refused for its three bands.
        failed = is_tagged ? vips_thumbnail(path, &image, width, "height", height, "size", VIPS_SIZE_FORCE,
                                            "export_profile", "srgb", "fail_on", VIPS_FAIL_ON_ERROR, NULL)
                           : -1;
        if (failed) {
            vips_error_clear();
            image = NULL;
            failed = vips_thumbnail(path, &image, width, "height", height, "size", VIPS_SIZE_FORCE, "fail_on",
                                    VIPS_FAIL_ON_ERROR, NULL);
        }
    }
    return failed ? NULL : plain(image);
}

vitrine_image *vitrine_image_from_rgb(const uint8_t *pixels, int width, int height) {
    VipsImage *memory =
        vips_image_new_from_memory(pixels, (size_t)width * height * 3, width, height, 3, VIPS_FORMAT_UCHAR);
    VipsImage *image = NULL;
    if (memory == NULL) return NULL;
    int failed = vips_copy(memory, &image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(memory);
    return failed ? NULL : image;
}

void vitrine_image_free(vitrine_image *image) {
    if (image != NULL) g_object_unref(image);
}

int vitrine_image_width(vitrine_image *image) { return vips_image_get_width(image); }

int vitrine_image_height(vitrine_image *image) { return vips_image_get_height(image); }

int vitrine_image_orientation(vitrine_image *image) { return vips_image_get_orientation(image); }

int vitrine_image_number(vitrine_image *image, const char *field, int missing) {
    int value;
    if (vips_image_get_typeof(image, field) != G_TYPE_INT || vips_image_get_int(image, field, &value)) return missing;
    return value;
}

int vitrine_image_text_is(vitrine_image *image, const char *field, const char *value) {
    const char *text;
    if (vips_image_get_typeof(image, field) == 0 || vips_image_get_string(image, field, &text)) return 0;
    return strcmp(text, value) == 0;
}

const uint8_t *vitrine_image_blob(vitrine_image *image, const char *field, size_t *length) {
    const void *bytes;
    *length = 0;
    if (vips_image_get_typeof(image, field) == 0 || vips_image_get_blob(image, field, &bytes, length)) return NULL;
    return bytes;
}

vitrine_image *vitrine_image_in_memory(vitrine_image *image) { return vips_image_copy_memory(image); }

vitrine_image *vitrine_image_scaled(vitrine_image *image, int width, int height) {
    VipsImage *result = NULL;
    double horizontal = (double)width / vips_image_get_width(image);
    double vertical = (double)height / vips_image_get_height(image);
    return vips_resize(image, &result, horizontal, "vscale", vertical, NULL) ? NULL : result;
}

vitrine_image *vitrine_image_cut(vitrine_image *image, int left, int top, int width, int height) {
    VipsImage *result = NULL;
    return vips_extract_area(image, &result, left, top, width, height, NULL) ? NULL : result;
}

vitrine_image *vitrine_image_turned(vitrine_image *image, int quarters) {
    static const VipsAngle angles[] = {VIPS_ANGLE_D0, VIPS_ANGLE_D90, VIPS_ANGLE_D180, VIPS_ANGLE_D270};
    VipsImage *result = NULL;
    return vips_rot(image, &result, angles[quarters & 3], NULL) ? NULL : result;
}

vitrine_image *vitrine_image_copy(vitrine_image *image) {
    VipsImage *result = NULL;
    return vips_copy(image, &result, NULL) ? NULL : result;
}

void vitrine_image_set_text(vitrine_image *image, const char *field, const char *value) {
    vips_image_set_string(image, field, value);
}

void vitrine_image_set_blob(vitrine_image *image, const char *field, const uint8_t *bytes, size_t length) {
    vips_image_set_blob_copy(image, field, bytes, length);
}

int vitrine_image_save_jpeg(vitrine_image *image, const char *path, int quality, int keeps_metadata) {
    return vips_jpegsave(image, path, "Q", quality, "strip", keeps_metadata ? FALSE : TRUE, "optimize_coding", TRUE,
                         NULL);
}

int vitrine_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
