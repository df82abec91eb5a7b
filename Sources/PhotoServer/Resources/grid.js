// Photos in a grid: listing, selecting, uploading. Used by the photos page and by each album.
import { act, api, copy, say, upload } from "./app.js";

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
  return element;
}

/** A grid that shows a listing page by page and keeps itself current. */
export class Grid {
  constructor(element, more, album) {
    this.element = element;
    this.more = more;
    this.album = album;
    this.next = element.dataset.next || null;
    this.more.hidden = !this.next;
    this.more.addEventListener("click", () => act(this.more, () => this.load()));
    new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting) && !this.more.hidden && !this.more.ariaBusy) this.more.click();
    }, { rootMargin: "600px" }).observe(this.more);
  }

  async page(after) {
    const query = new URLSearchParams();
    if (this.album) query.set("album", this.album);
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
    const all = page.photos.map((photo) => kept.get(String(photo.id)) ?? tile(photo));
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

  ids() { return [...this.element.children].map((element) => element.dataset.photo); }

  selected() { return [...this.element.querySelectorAll("input:checked")].map((input) => Number(input.value)); }

  clear() {
    for (const input of this.element.querySelectorAll("input:checked")) input.checked = false;
    this.element.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** The bar that appears while photos are selected. */
export function watchSelection(grid, takeOut) {
  const bar = document.querySelector(".selection");
  const albumSelect = bar.querySelector("select");
  grid.element.addEventListener("change", () => {
    const count = grid.selected().length;
    bar.hidden = count === 0;
    grid.element.classList.toggle("picking", count > 0);
    bar.querySelector("strong").textContent = count === 1 ? "1 photo" : count + " photos";
  });
  // Shift selects everything between, as people know it from folders.
  let last = null;
  grid.element.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLInputElement)) return;
    const inputs = [...grid.element.querySelectorAll("input")];
    const index = inputs.indexOf(event.target);
    if (event.shiftKey && last !== null) {
      for (const input of inputs.slice(Math.min(last, index), Math.max(last, index) + 1)) input.checked = event.target.checked;
      grid.element.dispatchEvent(new Event("change", { bubbles: true }));
    }
    last = index;
  });
  albumSelect.addEventListener("change", () => {
    const album = albumSelect.selectedOptions[0];
    if (!album.value) return;
    const photos = grid.selected();
    act(albumSelect, async () => {
      await api("POST", `albums/${album.value}/photos`, { photos });
      say(`${photos.length === 1 ? "1 photo is" : photos.length + " photos are"} in ${album.textContent} now.`);
      grid.clear();
    }).finally(() => { albumSelect.value = ""; });
  });
  bar.addEventListener("click", (event) => {
    const action = event.target.closest("button")?.dataset.action;
    if (action === "clear") grid.clear();
    if (action === "take-out") act(event.target.closest("button"), () => takeOut(grid.selected()));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !bar.hidden && !document.querySelector("dialog[open]")) grid.clear();
  });
  return bar;
}

/** Uploads by drag and drop and by the file picker: one request a file, two at a time, each with its own progress. */
export function acceptUploads(album, whenDone) {
  const panel = document.querySelector(".uploads");
  const list = panel.querySelector("ul");
  const total = panel.querySelector(".uploads > progress");
  const summary = panel.querySelector("strong");
  const closer = panel.querySelector("button");
  const zone = document.querySelector(".dropzone");
  const queue = [];
  let jobs = [];
  let running = 0;

  function report() {
    const bytes = jobs.reduce((sum, job) => sum + job.file.size, 0);
    const sent = jobs.reduce((sum, job) => sum + job.file.size * job.progress, 0);
    total.value = bytes ? sent / bytes : 1;
    const done = jobs.filter((job) => job.state === "done").length;
    const failed = jobs.filter((job) => job.state === "failed").length;
    const isOver = done + failed === jobs.length;
    const tail = failed ? `, ${failed} failed` : "";
    summary.textContent = isOver ? `${done} of ${jobs.length} uploaded${tail}` : `Uploading ${done + failed + 1} of ${jobs.length}${tail}`;
    panel.dataset.state = isOver ? "over" : "running";
    closer.hidden = !isOver;
    total.hidden = isOver;
  }

  function set(job, state, note) {
    job.state = state;
    job.item.dataset.state = state;
    job.item.querySelector(".upload-note").textContent = note;
    report();
  }

  async function run(job) {
    const bar = job.item.querySelector("progress");
    set(job, "sending", "0 %");
    try {
      const answer = await upload(job.file, album(), (part) => {
        job.progress = part;
        bar.value = part;
        set(job, "sending", part < 1 ? Math.floor(part * 100) + " %" : "Looking at it…");
      });
      job.progress = bar.value = 1;
      set(job, "done", answer.duplicate ? "Already here" : "Done");
      whenDone(answer);
    } catch (error) {
      job.progress = 1;
      set(job, "failed", error.message);
    }
    running -= 1;
    pump();
  }

  function pump() {
    while (running < 2 && queue.length) {
      running += 1;
      run(queue.shift());
    }
  }

  function add(files) {
    if (!files.length) return;
    if (panel.dataset.state === "over") {
      jobs = [];
      list.replaceChildren();
    }
    for (const file of files) {
      const item = panel.querySelector("template").content.firstElementChild.cloneNode(true);
      item.querySelector(".upload-name").textContent = file.name;
      list.append(item);
      const job = { file, item, progress: 0, state: "waiting" };
      jobs.push(job);
      queue.push(job);
    }
    panel.hidden = false;
    report();
    pump();
  }

  closer.addEventListener("click", () => { panel.hidden = true; });
  const input = document.getElementById("files");
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = "";
  });

  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => {
    if (!carriesFiles(event)) return;
    depth += 1;
    zone.hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!carriesFiles(event)) return;
    depth -= 1;
    zone.hidden = depth <= 0;
  });
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    zone.hidden = true;
    add([...event.dataTransfer.files]);
  });
  addEventListener("beforeunload", (event) => running && event.preventDefault());
}

/** Fills an album menu, keeping its first entry. */
export function fillAlbumMenu(select, albums) {
  const chosen = select.value;
  select.replaceChildren(select.options[0], ...albums.map((album) => new Option(album.name, album.id)));
  select.value = chosen;
}
