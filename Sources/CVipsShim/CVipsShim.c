#include "CVipsShim.h"

#include <vips/vips.h>

int vitrine_vips_start(const char *program) { return VIPS_INIT(program); }

const char *vitrine_vips_error(void) { return vips_error_buffer(); }
