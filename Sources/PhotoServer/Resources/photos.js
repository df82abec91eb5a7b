import { act, api, ask, changed, follow, offerKeywords, panel, say } from "./app.js";
import { showHistory, watchSelection } from "./batch.js";
import { fillAlbumMenu, Grid } from "./grid.js";
import { look } from "./look.js";
import { editRule } from "./rules.js";
import { acceptUploads } from "./uploads.js";

const element = document.querySelector(".grid");
const form = document.getElementById("filters");
const search = document.querySelector('[data-testid="search"]');
const nothing = document.querySelector(".empty");
const names = ["text", "shelf", "album", "keyword", "orientation", "rating", "favourite", "camera", "from", "to", "shown"];

/** What the listing is asked: the fields that say something. They stand in the page's address too. */
function query() {
  const result = new URLSearchParams();
  for (const name of names) {
    const value = form.elements[name].value.trim();
    if (value) result.set(name, value);
  }
  return result;
}

const grid = new Grid(element, document.querySelector('[data-testid="load-more"]'), query);

function show(page) {
  document.querySelector('[data-testid="photo-count"]').textContent = page.total;
  nothing.hidden = element.children.length > 0;
}

const refresh = async () => show(await grid.refresh());
const bar = watchSelection(grid, { refresh, open: (tile) => look(tile, refresh) });

// The address says what is looked for; it is read before the first listing.
const address = new URLSearchParams(location.search);
for (const name of names) if (address.has(name)) form.elements[name].value = address.get(name);

function countFilters() {
  const set = [...query().keys()].filter((name) => name !== "text").length;
  document.querySelector('[data-testid="filter-count"]').textContent = set ? ` (${set})` : "";
}

let timer = 0;
let latest = 0;
function searchSoon(delay) {
  clearTimeout(timer);
  timer = setTimeout(() => act(null, async () => {
    const turn = latest += 1;
    const old = new URLSearchParams(location.search).get("shelf") ?? "";
    const text = query().toString();
    history.replaceState(null, "", text ? "?" + text : location.pathname);
    countFilters();
    // The bin has other tools.
    if ((form.elements.shelf.value === "bin") !== (old === "bin")) return location.reload();
    const page = await grid.restart();
    if (turn === latest) show(page);
    return undefined;
  }), delay);
}
search.addEventListener("input", () => searchSoon(120));
form.addEventListener("input", () => searchSoon(120));
form.addEventListener("change", () => searchSoon(120));
form.addEventListener("submit", (event) => { event.preventDefault(); searchSoon(0); });
form.addEventListener("reset", () => {
  // The fields are empty after this event, and what the page came with is not what is wanted.
  setTimeout(() => {
    for (const name of names) form.elements[name].value = "";
    searchSoon(0);
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, select, textarea, dialog")) {
    event.preventDefault();
    search.focus();
  }
});
countFilters();

document.querySelector('[data-action="save-search"]').addEventListener("click", () => {
  const fields = { text: ["text", "contains"], keyword: ["keyword", "equals"], orientation: ["orientation", "equals"], rating: ["rating", "onOrAfter"], favourite: ["favourite", "equals"], camera: ["camera", "equals"], from: ["taken", "onOrAfter"], to: ["taken", "onOrBefore"], shown: ["shown", "equals"], album: ["album", "equals"] };
  const all = [...query()].filter(([name]) => fields[name]).map(([name, value]) => ({ field: fields[name][0], is: fields[name][1], value }));
  act(null, () => editRule({
    name: search.value, rule: { all },
    save: async (name, rule) => {
      const album = await api("POST", "albums", { name, rule });
      location.assign("/albums/" + album.id);
    },
  }));
});

document.querySelector('[data-action="history"]').addEventListener("click", () => act(null, () => showHistory(refresh)));
document.querySelector('[data-action="rename-keyword"]').addEventListener("click", async (event) => {
  const button = event.currentTarget;
  const renaming = await panel("rename-keyword");
  if (!renaming) return;
  act(button, async () => {
    changed(await api("POST", "keywords/rename", { from: renaming.elements.from.value.trim(), to: renaming.elements.to.value }), refresh);
    await refresh();
  });
});
document.querySelector('[data-action="empty-bin"]')?.addEventListener("click", async (event) => {
  const button = event.currentTarget;
  if (!(await ask("Empty the bin?", "All its photos are removed from the server. This cannot be undone.", "Empty"))) return;
  act(button, async () => {
    const { deleted } = await api("POST", "bin/empty");
    say(deleted === 1 ? "1 photo was deleted." : `${deleted} photos were deleted.`);
    await refresh();
  });
});

offerKeywords();
acceptUploads(() => element.dataset.album, () => act(null, refresh));
act(null, async () => {
  const { cameras } = await api("GET", "cameras");
  const menu = form.elements.camera;
  menu.append(...cameras.map((camera) => new Option(camera, camera)));
  if (address.has("camera")) menu.value = address.get("camera");
});

follow({
  snapshot: () => act(null, refresh),
  photos: () => act(null, refresh),
  albums: () => act(null, async () => {
    const { albums } = await api("GET", "albums");
    fillAlbumMenu(form.elements.album, albums);
    const menu = bar.querySelector('[data-testid="selection-album"]');
    if (menu) fillAlbumMenu(menu, albums.filter((album) => !album.isSmart));
  }),
});
