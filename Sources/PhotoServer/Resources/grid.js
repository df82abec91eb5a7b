// Photos in a grid: listing them page by page. Used by the photos page and by each album.
import { act, api, copy } from "./app.js";

export function tile(photo) {
  const element = copy("photo-template");
  element.dataset.photo = photo.id;
  element.title = photo.name;
  const input = element.querySelector("input");
  input.value = photo.id;
  input.setAttribute("aria-label", "Select " + photo.name);
  const image = element.querySelector("img");
  image.alt = photo.name;
  image.src = photo.thumbnail;
  element.toggleAttribute("data-favourite", photo.favourite);
  element.querySelector(".open").setAttribute("aria-label", "Open " + photo.name);
  return element;
}

/** A grid that shows a listing page by page and keeps itself current. */
export class Grid {
  /** `query` gives the members of the listing's address each time it is asked for. */
  constructor(element, more, query) {
    this.element = element;
    this.more = more;
    this.query = query;
    this.next = element.dataset.next || null;
    this.more.hidden = !this.next;
    this.more.addEventListener("click", () => act(this.more, () => this.load()));
    new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting) && !this.more.hidden && !this.more.ariaBusy) this.more.click();
    }, { rootMargin: "600px" }).observe(this.more);
  }

  async page(after) {
    const query = new URLSearchParams(this.query());
    if (after) query.set("after", after);
    return api("GET", "photos?" + query);
  }

  async load() {
    const page = await this.page(this.next);
    const present = new Set(this.ids());
    this.element.append(...page.photos.filter((photo) => !present.has(String(photo.id))).map(tile));
    this.next = page.next ?? null;
    this.more.hidden = !this.next;
    return page;
  }

  /** Brings the first page up to date; what was loaded beyond it stays unless it is gone from the listing. */
  async refresh() {
    const page = await this.page(null);
    const fresh = page.photos.map((photo) => String(photo.id));
    const kept = new Map([...this.element.children].map((element) => [element.dataset.photo, element]));
    const all = page.photos.map((photo) => {
      const old = kept.get(String(photo.id));
      if (!old) return tile(photo);
      const image = old.querySelector("img");
      if (image.getAttribute("src") !== photo.thumbnail) image.src = photo.thumbnail;
      old.toggleAttribute("data-favourite", photo.favourite);
      old.title = image.alt = photo.name;
      return old;
    });
    if (page.next) {
      const known = new Set(fresh);
      all.push(...[...kept].filter(([id]) => !known.has(id)).map(([, element]) => element));
    } else {
      this.next = null;
      this.more.hidden = true;
    }
    if (all.length !== this.element.children.length || all.some((element, index) => element !== this.element.children[index])) {
      this.element.replaceChildren(...all);
    }
    if (page.next && !this.next) {
      this.next = page.next;
      this.more.hidden = false;
    }
    return page;
  }

  /** Another listing altogether: nothing of the old one stays. */
  async restart() {
    const page = await this.page(null);
    this.element.replaceChildren(...page.photos.map(tile));
    this.next = page.next ?? null;
    this.more.hidden = !this.next;
    this.element.dispatchEvent(new Event("change", { bubbles: true }));
    return page;
  }

  ids() { return [...this.element.children].map((element) => element.dataset.photo); }

  selected() { return [...this.element.querySelectorAll("input:checked")].map((input) => Number(input.value)); }

  clear() {
    for (const input of this.element.querySelectorAll("input:checked")) input.checked = false;
    this.element.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** Fills an album menu, keeping its first entry. */
export function fillAlbumMenu(select, albums) {
  const chosen = select.value;
  select.replaceChildren(select.options[0], ...albums.map((album) => new Option(album.name, album.id)));
  select.value = chosen;
}
