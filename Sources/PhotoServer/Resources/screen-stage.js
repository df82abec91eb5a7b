// Puts scenes on the screen and counts the frames that carried them there.

const frame = () => new Promise((resolve) => {
  // A page that is not looked at gets no frames; nobody may wait for one for ever.
  const timer = setTimeout(() => resolve(false), 2000);
  requestAnimationFrame(() => { clearTimeout(timer); resolve(true); });
});

export class Stage {
  constructor(panel) {
    this.panel = panel;
    this.scene = panel.querySelector(".scene");
    [this.front, this.back] = panel.querySelectorAll(".scene canvas");
    this.shade = panel.querySelector(".shade");
    this.rotation = 0;
    this.presentedFrames = 0;
    this.lastPresented = undefined;
    this.content = undefined;
    this.fit();
  }

  /** The panel's pixels, as it is mounted. */
  get pixels() {
    const scale = window.devicePixelRatio || 1;
    return { width: Math.round(window.innerWidth * scale), height: Math.round(window.innerHeight * scale) };
  }

  /** The scene's pixels: those of the panel, turned. */
  get size() {
    const { width, height } = this.pixels;
    return this.rotation % 180 ? { width: height, height: width } : { width, height };
  }

  /** Follows the window and the way the screen hangs. */
  fit(rotation = this.rotation) {
    this.rotation = rotation;
    const swaps = rotation % 180 !== 0;
    this.panel.style.width = swaps ? "100vh" : "100vw";
    this.panel.style.height = swaps ? "100vw" : "100vh";
    // Turned about its middle, which then has to be the window's.
    this.panel.style.left = swaps ? "calc((100vw - 100vh) / 2)" : "0";
    this.panel.style.top = swaps ? "calc((100vh - 100vw) / 2)" : "0";
    this.panel.style.rotate = `${rotation}deg`;
  }

  adjust({ brightness, contrast, saturation }) {
    const isPlain = brightness === 1 && contrast === 1 && saturation === 1;
    this.filter = isPlain ? "none" : `brightness(${brightness}) contrast(${contrast}) saturate(${saturation})`;
    this.scene.style.filter = this.filter;
  }

  /** 0, black, to 1. */
  dim(light) {
    this.shade.style.opacity = String(1 - light);
  }

  /**
   * Brings a picture (or black, where there is none) to the screen. Answers when its first frame was presented; the fade
   * goes on by itself.
   */
  async show(content, look, transition = "cut", milliseconds = 0) {
    const next = this.back;
    this.content = content;
    this.look = look;
    this.draw(next, content, look);
    const old = this.front;
    [this.front, this.back] = [next, old];
    next.style.zIndex = "1";
    old.style.zIndex = "0";
    const time = transition === "cut" ? 0 : milliseconds;
    const isThroughBlack = transition === "fade_through_black";
    next.style.transition = "none";
    next.style.opacity = time ? "0" : "1";
    // Read, so that the browser takes the start of the fade before it is told the end.
    void next.offsetWidth;
    next.style.transition = `opacity ${isThroughBlack ? time / 2 : time}ms linear ${isThroughBlack ? time / 2 : 0}ms`;
    next.style.opacity = "1";
    if (isThroughBlack) {
      old.style.transition = `opacity ${time / 2}ms linear`;
      old.style.opacity = "0";
    }
    await this.count();
    this.fading = this.finish(next, old, time);
    if (!time) await this.fading;
  }

  async count() {
    if (!await frame()) return;
    this.presentedFrames += 1;
    this.lastPresented = Date.now() / 1000;
  }

  async finish(next, old, time) {
    const end = performance.now() + time;
    while (performance.now() < end && this.front === next) await this.count();
    if (this.front !== next) return;
    old.style.transition = "none";
    old.style.opacity = "0";
    await this.count();
  }

  draw(canvas, content, look) {
    const { width, height } = this.size;
    canvas.width = width;
    canvas.height = height;
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, width, height);
    if (!content) return;
    let box = { x: 0, y: 0, width, height };
    if (look.background === "mat") {
      pen.fillStyle = matColour(content);
      pen.fillRect(0, 0, width, height);
      const margin = Math.round(Math.min(width, height) * 0.08);
      box = { x: margin, y: margin, width: width - 2 * margin, height: height - 2 * margin };
    } else if (look.background === "blur" && look.fit === "contain") {
      drawBlurred(pen, content, width, height);
    }
    const isCover = look.fit === "cover" && look.background !== "mat";
    const scale = (isCover ? Math.max : Math.min)(box.width / content.width, box.height / content.height);
    const photo = { width: content.width * scale, height: content.height * scale };
    const x = Math.round(box.x + (box.width - photo.width) / 2);
    const y = Math.round(box.y + (box.height - photo.height) / 2);
    pen.drawImage(content.image, x, y, Math.round(photo.width), Math.round(photo.height));
  }

  /** Draws anew what is there: the window has another size, or the look changed. */
  redraw(look = this.look) {
    this.look = look;
    if (look) this.draw(this.front, this.content, look);
    return this.count();
  }

  /** What is on the screen, as a JPEG. */
  async picture() {
    const { width, height } = this.pixels;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.fillRect(0, 0, width, height);
    pen.translate(width / 2, height / 2);
    pen.rotate((this.rotation * Math.PI) / 180);
    if (this.filter) pen.filter = this.filter;
    for (const layer of [this.back, this.front]) {
      pen.globalAlpha = Number(getComputedStyle(layer).opacity);
      if (layer.width) pen.drawImage(layer, -layer.width / 2, -layer.height / 2);
    }
    pen.filter = "none";
    pen.globalAlpha = Number(getComputedStyle(this.shade).opacity);
    pen.fillRect(-width, -height, 2 * width, 2 * height);
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))), "image/jpeg", 0.85);
    });
  }
}

function tiny(content, side) {
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = Math.max(1, Math.round((side * content.height) / content.width));
  const pen = canvas.getContext("2d", { willReadFrequently: side < 8 });
  pen.imageSmoothingQuality = "high";
  pen.drawImage(content.image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** The photo enlarged, blurred and darkened. Made small and enlarged again: a blur that every browser can do at once. */
function drawBlurred(pen, content, width, height) {
  const small = tiny(content, 24);
  const scale = 1.15 * Math.max(width / small.width, height / small.height);
  const size = { width: small.width * scale, height: small.height * scale };
  pen.drawImage(small, (width - size.width) / 2, (height - size.height) / 2, size.width, size.height);
  pen.fillStyle = "rgb(0 0 0 / 45%)";
  pen.fillRect(0, 0, width, height);
}

/** A quiet colour of the photo, as a framer would choose one. */
function matColour(content) {
  const [red, green, blue] = tiny(content, 1).getContext("2d").getImageData(0, 0, 1, 1).data;
  const mean = (red + green + blue) / 3;
  const quiet = (value) => Math.round((mean + (value - mean) * 0.4) * 0.35 + 18);
  return `rgb(${quiet(red)} ${quiet(green)} ${quiet(blue)})`;
}
