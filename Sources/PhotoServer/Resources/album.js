import { act, api, ask, follow, say } from "./app.js";
import { acceptUploads, Grid, watchSelection } from "./grid.js";

const element = document.querySelector("main > .grid");
const id = element.dataset.album;
const nothing = document.querySelector(".empty");
const grid = new Grid(element, document.querySelector('[data-testid="load-more"]'), id);

async function refresh() {
  const page = await grid.refresh();
  document.querySelector('[data-testid="photo-count"]').textContent = page.total;
  nothing.hidden = element.children.length > 0;
}

watchSelection(grid, async (photos) => {
  await api("DELETE", `albums/${id}/photos`, { photos });
  grid.clear();
  await refresh();
});
acceptUploads(() => id, () => act(null, refresh));

// Adding photos that are already here.
const chooser = document.querySelector(".chooser");
const chooserGrid = chooser.querySelector(".grid");
const add = chooser.querySelector('[data-action="chooser-add"]');
const choice = new Grid(chooserGrid, chooser.querySelector('[data-testid="chooser-more"]'), null);

const picked = () => [...chooserGrid.querySelectorAll("input:checked")].map((input) => Number(input.value));

chooserGrid.addEventListener("change", () => {
  const count = picked().length;
  add.disabled = count === 0;
  add.textContent = count ? `Add ${count}` : "Add";
  chooserGrid.classList.toggle("picking", count > 0);
});
document.querySelector('[data-action="choose"]').addEventListener("click", (event) => {
  chooserGrid.replaceChildren();
  choice.next = null;
  choice.clear();
  chooser.showModal();
  act(event.currentTarget, () => choice.load());
});
chooser.querySelector('[data-action="chooser-close"]').addEventListener("click", () => chooser.close());
add.addEventListener("click", () => act(add, async () => {
  await api("POST", `albums/${id}/photos`, { photos: picked() });
  chooser.close();
  await refresh();
}));

const rename = document.querySelector('[data-form="rename"]');
rename.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    const album = await api("PATCH", "albums/" + id, { name: new FormData(rename).get("name") });
    document.querySelector("h1").textContent = album.name;
    say("Renamed.");
  });
});
document.querySelector('[data-action="delete"]').addEventListener("click", async (event) => {
  const button = event.currentTarget;
  if (!(await ask("Delete this album?", "Its photos stay in the library. Displays that show it keep their last picture.", "Delete"))) return;
  act(button, async () => {
    await api("DELETE", "albums/" + id);
    location.assign("/albums");
  });
});

follow({ snapshot: () => act(null, refresh), photos: () => act(null, refresh), albums: () => act(null, refresh) });
