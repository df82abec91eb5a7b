"""Photos of a size: large_photos.py FOLDER COUNT WIDTH HEIGHT. Debian's mate-backgrounds, scaled, with a sensor's noise."""

import glob
import os
import sys

from PIL import Image, ImageChops

folder, count, width, height = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
sources = sorted(glob.glob("/usr/share/backgrounds/mate/**/*.jpg", recursive=True))
if not sources:
    sys.exit("no photos below /usr/share/backgrounds/mate: install mate-backgrounds")
for number in range(count):
    picture = Image.open(sources[number % len(sources)]).convert("RGB").resize((width, height), Image.LANCZOS)
    # 128 in the middle: added, and taken away again.
    noise = Image.effect_noise((width, height), 6).convert("RGB")
    picture = ImageChops.add(picture, noise, 1, -128)
    picture.save(os.path.join(folder, "photo-%03d.jpg" % number), quality=90, subsampling="4:2:0")
