// Puts scenes on the screen and counts the frames that carried them there.

import { drawBackdrop, places } from "./screen-layout.js";
import { motionOf, move, standsStill } from "./screen-motion.js";

const frame = () => new Promise((resolve) => {
  // A page that is not looked at gets no frames; nobody may wait for one for ever.
  const timer = setTimeout(() => resolve(false), 2000);
  requestAnimationFrame(() => { clearTimeout(timer); resolve(true); });
});

export class Stage {
  constructor(panel) {
    this.panel = panel;
    this.scene = panel.querySelector(".scene");
    [this.front, this.back] = panel.querySelectorAll(".layer");
    this.shade = panel.querySelector(".shade");
    this.rotation = 0;
    this.presentedFrames = 0;
    this.lastPresented = undefined;
    this.pictures = [];
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
   * Brings a picture, or two side by side, to the screen; black, where there is none. Answers when its first frame was
   * presented; the fade goes on by itself, and so does the motion of what will be shown for so many `seconds`.
   */
  async show(pictures, look, { transition = "cut", milliseconds = 0, seconds = 0 } = {}) {
    const next = this.back;
    Object.assign(this, { pictures, look, seconds, shownAt: performance.now() });
    this.draw(next);
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
    this.clear(old);
    await this.count();
  }

  /** Draws what is shown on a layer: what moves stands on a canvas of its own, clipped by its place. */
  draw(layer) {
    const { pictures, look, size } = this;
    this.clear(layer);
    const pen = penOn(layer.firstElementChild, size);
    drawBackdrop(pen, pictures, size, look);
    const moves = look.moves && this.seconds > 0 && !standsStill();
    const motion = moves && motionOf(pictures.map((picture) => picture.id).join("+"), this.seconds);
    const elapsed = (performance.now() - this.shownAt) / 1000;
    places(pictures, size, look).forEach((place, index) => {
      const { image } = pictures[index];
      if (!motion) return pen.drawImage(image, place.x, place.y, place.width, place.height);
      const canvas = document.createElement("canvas");
      penOn(canvas, place).drawImage(image, 0, 0, place.width, place.height);
      const frame = document.createElement("div");
      frame.className = "place";
      const percent = (part, whole) => `${(part / whole) * 100}%`;
      Object.assign(frame.style, {
        left: percent(place.x, size.width), top: percent(place.y, size.height),
        width: percent(place.width, size.width), height: percent(place.height, size.height),
      });
      frame.append(canvas);
      layer.append(frame);
      const animation = move(canvas, motion, elapsed);
      return layer.moving.push({ place, canvas, motion, animation });
    });
  }

  /** Lets go of what moved. */
  clear(layer) {
    for (const { animation } of layer.moving ?? []) animation.cancel();
    layer.moving = [];
    for (const frame of layer.querySelectorAll(".place")) frame.remove();
  }

  /** Draws anew what is there: the window has another size, or the look changed. */
  redraw(look = this.look) {
    this.look = look;
    if (look) this.draw(this.front);
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
      const whole = flattened(layer);
      if (whole.width) pen.drawImage(whole, -whole.width / 2, -whole.height / 2);
    }
    pen.filter = "none";
    pen.globalAlpha = Number(getComputedStyle(this.shade).opacity);
    pen.fillRect(-width, -height, 2 * width, 2 * height);
    return new Promise((resolve, reject) => {
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be made"))), "image/jpeg", 0.85);
    });
  }
}

/** A layer as it looks now, on one canvas. */
function flattened(layer) {
  const base = layer.firstElementChild;
  if (!layer.moving?.length) return base;
  const whole = document.createElement("canvas");
  const pen = penOn(whole, base);
  pen.drawImage(base, 0, 0);
  for (const { place, canvas, motion, animation } of layer.moving) {
    const scale = motion.scale((animation.currentTime ?? 0) / 1000);
    pen.save();
    pen.beginPath();
    pen.rect(place.x, place.y, place.width, place.height);
    pen.clip();
    pen.translate(place.x + motion.x * place.width, place.y + motion.y * place.height);
    pen.scale(scale, scale);
    pen.drawImage(canvas, -motion.x * place.width, -motion.y * place.height);
    pen.restore();
  }
  return whole;
}

function penOn(canvas, { width, height }) {
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  return pen;
}
