"""What a program with Pillow does for one display: pillow_1080p.py OUTPUT PHOTO..."""

import sys

from PIL import Image, ImageOps

for path in sys.argv[2:]:
    picture = Image.open(path)
    # The JPEG's own smaller scales, as far as they go.
    picture.draft("RGB", (1920, 1080))
    picture = ImageOps.exif_transpose(picture)
    picture.thumbnail((1920, 1080), Image.LANCZOS)
    picture.save(sys.argv[1], quality=88, optimize=True)
