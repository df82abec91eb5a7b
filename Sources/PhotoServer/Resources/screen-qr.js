// QR codes (ISO/IEC 18004): bytes, error correction level M, versions 1 to 10. Enough for any address of a page.

/** For each version: error correction bytes of a block, blocks of a size, and how many have one data byte more. */
const blocks = [
  [10, [[1, 16]]], [16, [[1, 28]]], [26, [[1, 44]]], [18, [[2, 32]]], [24, [[2, 43]]],
  [16, [[4, 27]]], [18, [[4, 31]]], [22, [[2, 38], [2, 39]]], [22, [[3, 36], [2, 37]]], [26, [[4, 43], [1, 44]]],
];
const alignment = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

const capacity = (version) => blocks[version - 1][1].reduce((sum, [count, size]) => sum + count * size, 0);

// The field GF(256) of the standard: x^8 + x^4 + x^3 + x^2 + 1.
const power = new Uint8Array(512);
const logarithm = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < 255; exponent += 1) {
  power[exponent] = power[exponent + 255] = value;
  logarithm[value] = exponent;
  value = value << 1 ^ (value & 128 ? 0x11D : 0);
}
const times = (a, b) => (a && b ? power[logarithm[a] + logarithm[b]] : 0);

function generator(degree) {
  let polynomial = [1];
  for (let root = 0; root < degree; root += 1) {
    const next = new Array(polynomial.length + 1).fill(0);
    polynomial.forEach((coefficient, place) => {
      next[place] ^= coefficient;
      next[place + 1] ^= times(coefficient, power[root]);
    });
    polynomial = next;
  }
  return polynomial;
}

function correction(data, count) {
  const polynomial = generator(count);
  const rest = [...data, ...new Array(count).fill(0)];
  for (let place = 0; place < data.length; place += 1) {
    const factor = rest[place];
    polynomial.forEach((coefficient, offset) => { rest[place + offset] ^= times(coefficient, factor); });
  }
  return rest.slice(data.length);
}

/** Length, bytes, end and padding, as bytes of the whole code's data. */
function encode(bytes, version) {
  const bits = [];
  const put = (value, count) => { for (let bit = count - 1; bit >= 0; bit -= 1) bits.push(value >> bit & 1); };
  put(4, 4);
  put(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) put(byte, 8);
  const size = capacity(version) * 8;
  put(0, Math.min(4, size - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let pad = 0xEC; bits.length < size; pad ^= 0xEC ^ 0x11) put(pad, 8);
  const data = [];
  for (let place = 0; place < bits.length; place += 8) data.push(parseInt(bits.slice(place, place + 8).join(""), 2));
  return data;
}

function interleave(data, version) {
  const [count, groups] = blocks[version - 1];
  const parts = [];
  let place = 0;
  for (const [number, size] of groups) {
    for (let block = 0; block < number; block += 1, place += size) parts.push(data.slice(place, place + size));
  }
  const corrections = parts.map((part) => correction(part, count));
  const result = [];
  for (const rows of [parts, corrections]) {
    const longest = Math.max(...rows.map((row) => row.length));
    for (let column = 0; column < longest; column += 1) {
      for (const row of rows) if (column < row.length) result.push(row[column]);
    }
  }
  return result;
}

const masks = [
  (x, y) => (x + y) % 2 === 0, (x, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0, (x, y) => (x * y) % 2 + (x * y) % 3 === 0,
  (x, y) => ((x * y) % 2 + (x * y) % 3) % 2 === 0, (x, y) => ((x + y) % 2 + (x * y) % 3) % 2 === 0,
];

/** A value followed by its BCH check bits. */
function checked(value, bits, polynomial) {
  const length = Math.floor(Math.log2(polynomial));
  let rest = value << length;
  for (let bit = bits - 1; bit >= 0; bit -= 1) if (rest >> (bit + length) & 1) rest ^= polynomial << bit;
  return value << length | rest;
}

class Square {
  constructor(version) {
    this.version = version;
    this.size = version * 4 + 17;
    this.dark = Array.from({ length: this.size }, () => new Array(this.size).fill(false));
    this.fixed = Array.from({ length: this.size }, () => new Array(this.size).fill(false));
    this.patterns();
  }

  set(x, y, isDark) {
    if (x < 0 || y < 0 || x >= this.size || y >= this.size) return;
    this.dark[y][x] = Boolean(isDark);
    this.fixed[y][x] = true;
  }

  patterns() {
    const last = this.size - 1;
    for (let place = 0; place < this.size; place += 1) {
      this.set(6, place, place % 2 === 0);
      this.set(place, 6, place % 2 === 0);
    }
    for (const [cx, cy] of [[3, 3], [last - 3, 3], [3, last - 3]]) {
      for (let y = -4; y <= 4; y += 1) {
        for (let x = -4; x <= 4; x += 1) {
          const ring = Math.max(Math.abs(x), Math.abs(y));
          this.set(cx + x, cy + y, ring !== 2 && ring !== 4);
        }
      }
    }
    const places = alignment[this.version - 1];
    for (const cy of places) {
      for (const cx of places) {
        const isCorner = (cx === 6 && cy === 6) || (cx === 6 && cy === last - 6) || (cx === last - 6 && cy === 6);
        if (isCorner) continue;
        for (let y = -2; y <= 2; y += 1) {
          for (let x = -2; x <= 2; x += 1) this.set(cx + x, cy + y, Math.max(Math.abs(x), Math.abs(y)) !== 1);
        }
      }
    }
    this.format(0);
    if (this.version >= 7) {
      const bits = checked(this.version, 6, 0x1F25);
      for (let bit = 0; bit < 18; bit += 1) {
        const [a, b] = [Math.floor(bit / 3), last - 10 + bit % 3];
        this.set(a, b, bits >> bit & 1);
        this.set(b, a, bits >> bit & 1);
      }
    }
  }

  format(mask) {
    const bits = checked(mask, 5, 0x537) ^ 0x5412;
    const last = this.size - 1;
    const at = (bit) => bits >> bit & 1;
    for (let bit = 0; bit < 6; bit += 1) this.set(8, bit, at(bit));
    this.set(8, 7, at(6));
    this.set(8, 8, at(7));
    this.set(7, 8, at(8));
    for (let bit = 9; bit < 15; bit += 1) this.set(14 - bit, 8, at(bit));
    for (let bit = 0; bit < 8; bit += 1) this.set(last - bit, 8, at(bit));
    for (let bit = 8; bit < 15; bit += 1) this.set(8, last - 14 + bit, at(bit));
    this.set(8, last - 7, true);
  }

  /** Two columns at a time, from the right, up and down. */
  fill(bytes) {
    let bit = 0;
    for (let right = this.size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < this.size; step += 1) {
        const isUp = (right + 1 & 2) === 0;
        const y = isUp ? this.size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.fixed[y][x]) continue;
          this.dark[y][x] = Boolean(bytes[bit >> 3] >> (7 - (bit & 7)) & 1);
          bit += 1;
        }
      }
    }
  }

  mask(number) {
    for (let y = 0; y < this.size; y += 1) {
      for (let x = 0; x < this.size; x += 1) {
        if (!this.fixed[y][x] && masks[number](x, y)) this.dark[y][x] = !this.dark[y][x];
      }
    }
    this.format(number);
  }

  /** How hard it is to read: long runs, blocks, what looks like a corner, and too much of one colour. */
  get penalty() {
    let sum = 0;
    let darkCount = 0;
    const finder = /(?=10111010000|00001011101)/g;
    for (let line = 0; line < this.size; line += 1) {
      const row = this.dark[line].map(Number).join("");
      const column = this.dark.map((cells) => Number(cells[line])).join("");
      for (const text of [row, column]) {
        for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
        sum += 40 * [...text.matchAll(finder)].length;
      }
      darkCount += this.dark[line].filter(Boolean).length;
    }
    for (let y = 1; y < this.size; y += 1) {
      for (let x = 1; x < this.size; x += 1) {
        const dark = this.dark[y][x];
        if (dark === this.dark[y - 1][x] && dark === this.dark[y][x - 1] && dark === this.dark[y - 1][x - 1]) sum += 3;
      }
    }
    return sum + 10 * Math.floor(Math.abs(darkCount * 20 / this.size ** 2 - 10));
  }
}

/** Rows of dark (true) and light cells; throws when the text is too long. */
export function qrCode(text) {
  const bytes = new TextEncoder().encode(text);
  let version = 1;
  while (version <= 10 && capacity(version) * 8 < 4 + (version < 10 ? 8 : 16) + bytes.length * 8) version += 1;
  if (version > 10) throw new Error("the text is too long for this QR code");
  const square = new Square(version);
  square.fill(interleave(encode(bytes, version), version));
  let best = 0;
  let least = Infinity;
  for (let number = 0; number < 8; number += 1) {
    square.mask(number);
    const { penalty } = square;
    if (penalty < least) [best, least] = [number, penalty];
    // A mask laid twice is none.
    square.mask(number);
  }
  square.mask(best);
  return square.dark;
}

/** The code as an SVG element, with the quiet zone around it that readers want. */
export function qrElement(text) {
  const rows = qrCode(text);
  const size = rows.length + 8;
  const name = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(name, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const path = document.createElementNS(name, "path");
  path.setAttribute("d", rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join(""));
  svg.append(path);
  return svg;
}
