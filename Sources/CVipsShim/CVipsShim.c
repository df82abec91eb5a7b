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

static gboolean is_jpeg(VipsImage *header) {
    const char *loader;
    return vips_image_get_typeof(header, VIPS_META_LOADER) != 0 &&
           !vips_image_get_string(header, VIPS_META_LOADER, &loader) && strcmp(loader, "jpegload") == 0;
}

// How far a JPEG's decoder may shrink by itself, which costs next to nothing: to at least one and a half times what is
// wanted, so that the last step still filters. vips_thumbnail leaves twice as much.
static int jpeg_shrink(VipsImage *header, int width, int height) {
    gboolean is_sideways = vips_image_get_orientation_swap(header);
    double across = (double)(is_sideways ? header->Ysize : header->Xsize) / width;
    double down = (double)(is_sideways ? header->Xsize : header->Ysize) / height;
    double factor = VIPS_MIN(across, down);
    return factor >= 12 ? 8 : factor >= 6 ? 4 : factor >= 3 ? 2 : 1;
}

// A scale without the last lobe of vips_thumbnail's kernel: a third less work, and no difference to be seen.
static int scaled(VipsImage *image, VipsImage **result, int width, int height) {
    return vips_resize(image, result, (double)width / vips_image_get_width(image), "vscale",
                       (double)height / vips_image_get_height(image), "kernel", VIPS_KERNEL_LANCZOS2, NULL);
}

// A JPEG of 8-bit sRGB, which needs no transform of colours; takes over the reference to `image`.
static VipsImage *upright(VipsImage *image, int width, int height) {
    gboolean is_sideways = vips_image_get_orientation_swap(image);
    VipsImage *next = NULL;
    int failed = scaled(image, &next, is_sideways ? height : width, is_sideways ? width : height);
    g_object_unref(image);
    if (failed || vips_image_get_orientation(next) == 1) return failed ? NULL : next;
    // Turning reads from all sides; the file flows from top to bottom.
    VipsImage *memory = vips_image_copy_memory(next);
    g_object_unref(next);
    if (memory == NULL) return NULL;
    failed = vips_autorot(memory, &next, NULL);
    g_object_unref(memory);
    return failed ? NULL : next;
}

vitrine_image *vitrine_vips_open_scaled(const char *path, int width, int height) {
    VipsImage *header = vitrine_vips_open(path);
    if (header == NULL) return NULL;
    const char *profile = fallback_profile(header);
    gboolean is_tagged = vips_image_get_typeof(header, VIPS_META_ICC_NAME) != 0;
    gboolean is_plain = !is_tagged && vips_image_get_interpretation(header) == VIPS_INTERPRETATION_sRGB &&
                        vips_image_get_format(header) == VIPS_FORMAT_UCHAR;
    int shrink = is_jpeg(header) && profile != NULL ? jpeg_shrink(header, width, height) : 1;
    gboolean is_plain_jpeg = is_plain && is_jpeg(header);
    g_object_unref(header);
    VipsImage *image = NULL;
    if (is_plain_jpeg || shrink > 1) {
        VipsImage *smaller = NULL;
        if (vips_jpegload(path, &smaller, "shrink", shrink, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on",
                          VIPS_FAIL_ON_ERROR, NULL))
            return NULL;
        if (is_plain_jpeg) {
            image = upright(smaller, width, height);
            return image == NULL ? NULL : plain(image);
        }
        int is_wrong = vips_thumbnail_image(smaller, &image, width, "height", height, "size", VIPS_SIZE_FORCE,
                                            "import_profile", profile, "export_profile", "srgb", NULL);
        g_object_unref(smaller);
        return is_wrong ? NULL : plain(image);
    }
    // 8-bit sRGB already: a transform from sRGB to sRGB would cost a fifth more and change nothing.
    if (is_plain) {
        return vips_thumbnail(path, &image, width, "height", height, "size", VIPS_SIZE_FORCE, "fail_on",
                              VIPS_FAIL_ON_ERROR, NULL)
                   ? NULL
                   : plain(image);
    }
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
    // 4K to 1080p: the mean of four, a quarter of the work of a filter, of what a filter has scaled already.
    if (vips_image_get_width(image) == 2 * width && vips_image_get_height(image) == 2 * height)
        return vips_shrink(image, &result, 2, 2, NULL) ? NULL : result;
    return scaled(image, &result, width, height) ? NULL : result;
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
    // Tables made for the picture save some percent of the bytes; on a large one that is not worth its second pass.
    gboolean is_large = (gint64)vips_image_get_width(image) * vips_image_get_height(image) > 1500000;
    return vips_jpegsave(image, path, "Q", quality, "strip", keeps_metadata ? FALSE : TRUE, "optimize_coding", !is_large,
                         NULL);
}

int vitrine_spawn_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}
