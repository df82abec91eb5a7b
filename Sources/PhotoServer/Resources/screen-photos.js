// Photos and playlists: fetched once, kept on disk where the browser lets a page do so, and there without the server.

import { call, Failed } from "./screen-link.js";

const cacheName = "vitrine-photos";

export class Photos {
  constructor() {
    this.token = "";
    /** Addresses that are on disk. */
    this.kept = new Set();
  }

  async open() {
    // Only over HTTPS (or on the machine itself) do browsers give a page a cache.
    this.cache = "caches" in window ? await caches.open(cacheName).catch(() => undefined) : undefined;
    for (const request of (await this.cache?.keys()) ?? []) this.kept.add(new URL(request.url).pathname);
  }

  static path(photo) {
    return photo.rendition ? `photos/${photo.rendition}` : `photos/by-name/${encodeURIComponent(photo.name)}`;
  }

  has(photo) { return this.kept.has("/api/v1/display/" + Photos.path(photo)); }

  async fetch(path, isLasting) {
    const address = "/api/v1/display/" + path;
    const known = await this.cache?.match(address);
    if (known && isLasting) return known;
    try {
      const response = await call("GET", path, { token: this.token, seconds: 120 });
      if (this.cache) {
        // A full disk costs the copy, not the picture.
        await this.cache.put(address, response.clone()).then(() => this.kept.add(address), () => {});
      }
      return response;
    } catch (error) {
      // A name may mean another photo tomorrow; today's is better than none.
      if (known && !(error instanceof Failed)) return known;
      throw error;
    }
  }

  /** What two displays that show the same photo both call it. */
  static id(photo) { return photo.rendition ?? `name:${photo.name}`; }

  /** Photos that are shown together, decoded; all of them, or none. */
  async pictures(photos) {
    const results = await Promise.allSettled(photos.map((photo) => this.picture(photo)));
    const failed = results.find(({ status }) => status === "rejected");
    if (!failed) return results.map(({ value }) => value);
    for (const { value } of results) value?.close();
    throw failed.reason;
  }

  /** A photo, decoded: { id, image, width, height }; the caller closes it when it is off the screen. */
  async picture(photo) {
    const id = Photos.id(photo);
    const response = await this.fetch(Photos.path(photo), Boolean(photo.rendition));
    const blob = await response.blob();
    if (window.createImageBitmap) {
      const image = await createImageBitmap(blob);
      return { id, image, width: image.width, height: image.height, close: () => image.close() };
    }
    const image = new Image();
    const address = URL.createObjectURL(blob);
    image.src = address;
    await image.decode();
    return { id, image, width: image.naturalWidth, height: image.naturalHeight, close: () => URL.revokeObjectURL(address) };
  }

  /** The photos of a playlist document, checked against its address where the browser can. */
  async playlist(sha256) {
    const response = await this.fetch("playlists/" + sha256, true);
    const bytes = await response.arrayBuffer();
    if (window.crypto.subtle) {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      const text = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
      if (text !== sha256) {
        await this.cache?.delete("/api/v1/display/playlists/" + sha256);
        throw new Error("the playlist that arrived is not the one that was promised");
      }
    }
    const { photos } = JSON.parse(new TextDecoder().decode(bytes));
    return photos.filter((photo) => typeof photo.name === "string" && /^[0-9a-f]+$/.test(photo.rendition ?? ""));
  }

  /** Gets what is missing, one after the other, until `signal`; then forgets what is not listed any more. */
  async keep(photos, sha256, signal) {
    if (!this.cache) return;
    for (const photo of photos) {
      if (signal.aborted) return;
      if (this.has(photo)) continue;
      const { usage = 0, quota = Infinity } = (await navigator.storage?.estimate?.()) ?? {};
      if (usage > quota * 0.8) break;
      await this.fetch(Photos.path(photo), true);
    }
    if (signal.aborted) return;
    const listed = new Set(photos.map((photo) => "/api/v1/display/" + Photos.path(photo)));
    if (sha256) listed.add("/api/v1/display/playlists/" + sha256);
    for (const address of this.kept) {
      if (listed.has(address)) continue;
      await this.cache.delete(address);
      this.kept.delete(address);
    }
  }

  async forget() {
    this.kept.clear();
    if (!this.cache) return;
    await caches.delete(cacheName);
    await this.open();
  }
}
