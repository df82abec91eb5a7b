#ifndef VITRINE_CVIPSSHIM_H
#define VITRINE_CVIPSSHIM_H
// libvips' variadic calls, made callable from Swift. The image type stays opaque so that Swift never parses GLib.
//
// Functions that return an image return NULL on failure, those that return int a value other than 0; the reason is then
// in vitrine_vips_error(). Images are freed with vitrine_image_free; one made from another keeps that one alive.

#include <spawn.h>
#include <stddef.h>
#include <stdint.h>

typedef struct _VipsImage vitrine_image;

/// Starts libvips once a process: one thread a job, no operation cache, and no loader that libvips calls untrusted.
int vitrine_vips_start(const char *program);
/// The text of libvips' error buffer.
const char *vitrine_vips_error(void);
/// Empties the error buffer.
void vitrine_vips_error_clear(void);
/// Whether a decoder in this process has had to make up pixels for missing data.
int vitrine_vips_data_was_missing(void);
/// The class name of the loader that knows this file, or NULL. Reads the first bytes only.
const char *vitrine_vips_loader(const char *path);

/// Opens a file for one pass from top to bottom; reads the header only. Damaged data is an error once pixels are read.
vitrine_image *vitrine_vips_open(const char *path);
/// Decodes a file upright (EXIF orientation applied), in sRGB, three bands of 8 bits, at exactly this size; the decoder
/// skips what such a size does not need. Transparency becomes black. Pixels flow from top to bottom, once.
vitrine_image *vitrine_vips_open_scaled(const char *path, int width, int height);
/// Wraps 8-bit RGB pixels, row after row; they must outlive the image.
vitrine_image *vitrine_image_from_rgb(const uint8_t *pixels, int width, int height);
void vitrine_image_free(vitrine_image *image);

int vitrine_image_width(vitrine_image *image);
int vitrine_image_height(vitrine_image *image);
/// EXIF orientation 1 through 8; 1 where there is none.
int vitrine_image_orientation(vitrine_image *image);
/// A whole number from the header, or `missing` where there is none of that name.
int vitrine_image_number(vitrine_image *image, const char *field, int missing);
/// Whether a text in the header has this value.
int vitrine_image_text_is(vitrine_image *image, const char *field, const char *value);
/// A block of metadata; NULL where there is none. Belongs to the image.
const uint8_t *vitrine_image_blob(vitrine_image *image, const char *field, size_t *length);

/// The whole image decoded into memory, so that it can be read more than once and in any order.
vitrine_image *vitrine_image_in_memory(vitrine_image *image);
/// Scaled to exactly this size (Lanczos).
vitrine_image *vitrine_image_scaled(vitrine_image *image, int width, int height);
vitrine_image *vitrine_image_cut(vitrine_image *image, int left, int top, int width, int height);
/// Turned clockwise by this many quarters, 0 through 3. For 1 through 3 the image must be in memory.
vitrine_image *vitrine_image_turned(vitrine_image *image, int quarters);
/// A copy that metadata can be set on.
vitrine_image *vitrine_image_copy(vitrine_image *image);
void vitrine_image_set_text(vitrine_image *image, const char *field, const char *value);
void vitrine_image_set_blob(vitrine_image *image, const char *field, const uint8_t *bytes, size_t length);

/// Writes a JPEG with plain sRGB; metadata is written only where `keeps_metadata` is not 0.
int vitrine_image_save_jpeg(vitrine_image *image, const char *path, int quality, int keeps_metadata);

/// posix_spawn_file_actions_addclosefrom_np, which Swift's Glibc module does not carry.
int vitrine_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

#endif
