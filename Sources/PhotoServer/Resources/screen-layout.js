// Where photos go on a screen, and what stands around them.

/** The rectangles, in whole pixels, of one photo or of two side by side. */
export function places(pictures, { width, height }, look) {
  const margin = look.background === "mat" ? Math.floor(Math.min(width, height) / 14) : 0;
  if (pictures.length === 2) return sideBySide(pictures, width, height, margin);
  return pictures.map((picture) => {
    const choose = look.fit === "cover" && !margin ? Math.max : Math.min;
    const size = scaled(picture, choose((width - 2 * margin) / picture.width, (height - 2 * margin) / picture.height));
    return { ...size, x: Math.round((width - size.width) / 2), y: Math.round((height - size.height) / 2) };
  });
}

const scaled = ({ width, height }, scale) => ({
  width: Math.max(Math.round(width * scale), 1), height: Math.max(Math.round(height * scale), 1),
});

/** Two photos are never cut, whatever the fit: side by side they fill the screen as it is. */
function sideBySide(pictures, width, height, margin) {
  const gap = Math.max(margin, Math.floor(width / 64));
  const room = { width: Math.max((width - gap - 2 * margin) / 2, 1), height: Math.max(height - 2 * margin, 1) };
  const sizes = pictures.map((picture) =>
    scaled(picture, Math.min(room.width / picture.width, room.height / picture.height)));
  // What is left is shared out evenly: on the left, between them, on the right.
  const free = width - sizes[0].width - sizes[1].width;
  const between = Math.max(Math.floor(free / 3), gap);
  const left = Math.round((free - between) / 2);
  return sizes.map((size, index) => ({
    ...size, x: index ? left + sizes[0].width + between : left, y: Math.round((height - size.height) / 2),
  }));
}

/** Paints what stands around the photos. */
export function drawBackdrop(pen, pictures, { width, height }, look) {
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, width, height);
  if (!pictures.length) return;
  if (look.background === "mat") {
    pen.fillStyle = matColour(pictures);
    pen.fillRect(0, 0, width, height);
  } else if (look.background === "blur" && (look.fit === "contain" || pictures.length === 2)) {
    const part = width / pictures.length;
    pictures.forEach((picture, index) => drawBlurred(pen, picture, { x: index * part, width: part, height }));
    pen.fillStyle = "rgb(0 0 0 / 45%)";
    pen.fillRect(0, 0, width, height);
  }
}

function tiny(picture, side) {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = Math.max(1, Math.round((side * picture.height) / picture.width));
  const pen = canvas.getContext("2d", { willReadFrequently: side < 8 });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture.image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The photo enlarged and blurred. Made small and enlarged again: a blur that every browser can do at once. */
function drawBlurred(pen, picture, { x, width, height }) {
  const small = tiny(picture, 24);
  const scale = 1.15 * Math.max(width / small.width, height / small.height);
  const size = { width: small.width * scale, height: small.height * scale };
  pen.save();
  pen.beginPath();
  pen.rect(x, 0, width, height);
  pen.clip();
  pen.drawImage(small, x + (width - size.width) / 2, (height - size.height) / 2, size.width, size.height);
  pen.restore();
}

/** A quiet colour of the photos, as a framer would choose one. */
function matColour(pictures) {
  const colours = pictures.map((picture) => tiny(picture, 1).getContext("2d").getImageData(0, 0, 1, 1).data);
  const [red, green, blue] = [0, 1, 2].map((part) =>
    colours.reduce((sum, colour) => sum + colour[part], 0) / colours.length);
  const mean = (red + green + blue) / 3;
  const quiet = (value) => Math.round((mean + (value - mean) * 0.4) * 0.35 + 18);
  return `rgb(${quiet(red)} ${quiet(green)} ${quiet(blue)})`;
}
