#ifndef VITRINE_CVIPSSHIM_H
#define VITRINE_CVIPSSHIM_H
// libvips' variadic calls, made callable from Swift. The image type stays opaque so that Swift never parses GLib.

/// Starts libvips once a process; 0, or -1 with the reason in `vitrine_vips_error`.
int vitrine_vips_start(const char *program);
/// The text of libvips' error buffer.
const char *vitrine_vips_error(void);

#endif
