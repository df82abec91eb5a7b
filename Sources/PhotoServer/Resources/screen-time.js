// When a photo changes, and when the screen sleeps or dims: by the clock of the place where it hangs.

const second = 1000;
const units = { seconds: second, minutes: 60 * second, hours: 3600 * second, days: 86400 * second };

const number = (value, otherwise, low, high) => {
  const read = typeof value === "string" ? parseFloat(value) : value;
  return Number.isFinite(read) ? Math.min(Math.max(read, low), high) : otherwise;
};

/** The settings this display goes by, whatever was written: unknown members are ignored, numbers may be strings. */
export function readSettings(object) {
  const given = object && typeof object === "object" ? object : {};
  const choice = (name, allowed) => (allowed.includes(given[name]) ? given[name] : allowed[0]);
  return {
    name: typeof given.name === "string" ? given.name : "",
    interval: Math.max(second, number(given.interval_time, 30, 0.1, 100000) * (units[given.interval_units] ?? second)),
    base: typeof given.interval_base === "string" ? given.interval_base : "*:*",
    variance: number(given.variance_pct, 0, 0, 90) / 100,
    halfLife: given.use_halflife === true || given.use_halflife === "true" || given.use_halflife === 1,
    groupClock: given.group_clock === true,
    transition: choice("transition", ["crossfade", "cut", "fade_through_black"]),
    transitionTime: number(given.transition_ms, 1000, 0, 60000),
    fit: choice("fit", ["contain", "cover"]),
    background: choice("background", ["black", "blur", "mat"]),
    moves: choice("motion", ["none", "ken_burns"]) === "ken_burns",
    pairs: given.pair_portraits === true,
    order: choice("order", ["shuffle", "as_listed", "newest_first"]),
    seed: BigInt(Math.trunc(number(given.shuffle_seed, 0, 0, Number.MAX_SAFE_INTEGER))),
    rotation: [0, 90, 180, 270].includes(Number(given.rotation)) ? Number(given.rotation) : 0,
    brightness: number(given.brightness, 1, 0, 4),
    contrast: number(given.contrast, 1, 0, 4),
    saturation: number(given.saturation, 1, 0, 4),
    caption: Array.isArray(given.caption) ? given.caption.filter((part) => ["title", "date", "place", "album"].includes(part)) : [],
    clock: given.clock === true,
    timeZone: isZone(given.time_zone) ? given.time_zone : undefined,
    sleep: Array.isArray(given.sleep) ? given.sleep : [],
    dim: Array.isArray(given.dim) ? given.dim : [],
    warnings: [
      given.time_zone && !isZone(given.time_zone) && `time_zone ${given.time_zone} is not known here`,
    ].filter(Boolean),
  };
}

function isZone(name) {
  if (typeof name !== "string" || !name) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Weekday, minute of the day, and how far the place's clock is from UTC, in milliseconds. */
export function localTime(now, timeZone) {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(now);
  const part = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  const asUTC = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  return {
    day: weekdays[new Date(asUTC).getUTCDay()],
    minute: part.hour * 60 + part.minute,
    offset: asUTC - Math.floor(now / second) * second,
  };
}

const minuteOf = (text) => {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text ?? "");
  return match && Number(match[1]) < 24 && Number(match[2]) < 60 ? Number(match[1]) * 60 + Number(match[2]) : undefined;
};

/** Whether `local` is within hours that may go over midnight; those belong to the day they begin on. */
function isWithin({ days, from, to }, local) {
  const start = minuteOf(from);
  const end = minuteOf(to);
  if (start === undefined || end === undefined) return false;
  const on = (day) => !Array.isArray(days) || days.includes(day);
  const yesterday = weekdays[(weekdays.indexOf(local.day) + 6) % 7];
  if (start < end) return on(local.day) && local.minute >= start && local.minute < end;
  return (on(local.day) && local.minute >= start) || (on(yesterday) && local.minute < end);
}

export const isAsleep = (settings, now) => settings.sleep.some((hours) => isWithin(hours, localTime(now, settings.timeZone)));

/** 0, black, to 1; where hours overlap the last counts. */
export function light(settings, now) {
  const local = localTime(now, settings.timeZone);
  const hours = settings.dim.filter((entry) => isWithin({ from: entry.from, to: entry.to }, local)).at(-1);
  return hours ? number(hours.brightness, 1, 0, 1) : 1;
}

/** When the next photo is due, in milliseconds since 1970, if the last one came at `last`. */
export function due(settings, last, random = Math.random) {
  const { interval, variance } = settings;
  if (settings.groupClock) return (Math.floor(last / interval) + 1) * interval;
  // Cut at both ends: nobody wants a flash, or a photo for ever.
  if (settings.halfLife) return last + Math.max(second, interval * Math.max(0.1, -Math.log2(Math.max(random(), 2 ** -10))));
  const anchor = /^(\*|\d{1,2}):(\d{2})$/.exec(settings.base);
  if (!anchor) return last + Math.max(second, interval + interval * variance * (random() * 2 - 1));
  // On a grid a change may come late by the variance but never early: the grid point would change the photo again.
  return gridPoint(last, anchor, settings) + interval * variance * random();
}

function gridPoint(last, [, hour, minute], { interval, timeZone }) {
  const { offset } = localTime(last, timeZone);
  const period = hour === "*" ? units.hours : units.days;
  const start0 = ((hour === "*" ? 0 : Number(hour)) * 60 + Number(minute)) * units.minutes;
  const local = last + offset;
  const start = Math.floor((local - start0) / period) * period + start0;
  let point = start + (Math.floor((local - start) / interval) + 1) * interval;
  if (interval < period) point = Math.min(point, start + period);
  // The clock may be set in between: what counts is what it shows then.
  return point - localTime(point - offset, timeZone).offset;
}
