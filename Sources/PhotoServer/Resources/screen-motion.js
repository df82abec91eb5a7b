// The slow motion of what is on the screen, within its place: the same numbers as on every other display.

/** Seconds after which nothing moves any more. */
const longest = 60;
const greatestScale = 1.125;
/** As the scale's logarithm a second. */
const speed = 0.006;

const mask = (1n << 64n) - 1n;

/**
 * @param id Decides about point and direction, so that a photo moves alike wherever it is shown.
 * @param seconds How long it will be shown, as far as is known.
 * @returns How long it moves, the point that stays where it is (0 to 1 in both directions), and the scale by the time.
 */
export function motionOf(id, seconds) {
  const duration = Math.min(Math.max(seconds, 1), longest);
  const growth = Math.min(Math.log(greatestScale), speed * duration);
  let hash = 0xCBF29CE484222325n;
  for (const byte of new TextEncoder().encode(id)) hash = ((hash ^ BigInt(byte)) * 0x100000001B3n) & mask;
  hash ^= hash >> 32n;
  const isGrowing = (hash & 1n) === 0n;
  const place = (shift) => 0.25 + (0.5 * Number((hash >> shift) & 0xFFn)) / 255;
  const scale = (elapsed) => {
    const progress = Math.min(Math.max(elapsed / duration, 0), 1);
    return Math.exp(growth * (isGrowing ? progress : 1 - progress));
  };
  return { duration, x: place(8n), y: place(16n), scale };
}

/** Has the browser's compositor move an element, without any work in between; answers the animation. */
export function move(element, motion, elapsed = 0) {
  const steps = 8;
  element.style.transformOrigin = `${motion.x * 100}% ${motion.y * 100}%`;
  // Even in proportion is not even in numbers; between eight steps nobody sees the difference.
  const frames = Array.from({ length: steps + 1 }, (_, step) => ({
    transform: `scale(${motion.scale((motion.duration * step) / steps)})`,
  }));
  const animation = element.animate(frames, { duration: motion.duration * 1000, fill: "both" });
  animation.currentTime = elapsed * 1000;
  return animation;
}

/** Whether whoever set this browser up wants things to stand still, or it cannot move them. */
export const standsStill = () =>
  !Element.prototype.animate || Boolean(window.matchMedia?.("(prefers-reduced-motion: reduce)").matches);
