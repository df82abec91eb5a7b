import { act, api, follow } from "./app.js";
import { acceptUploads, fillAlbumMenu, Grid, watchSelection } from "./grid.js";

const element = document.querySelector(".grid");
const filter = document.getElementById("album-filter");
const nothing = document.querySelector(".empty");
const grid = new Grid(element, document.querySelector('[data-testid="load-more"]'), element.dataset.album);
const bar = watchSelection(grid);

async function refresh() {
  const page = await grid.refresh();
  document.querySelector('[data-testid="photo-count"]').textContent = page.total;
  nothing.hidden = element.children.length > 0;
}

filter.addEventListener("change", () => {
  location.assign(filter.value ? "/photos?album=" + filter.value : "/photos");
});

acceptUploads(() => element.dataset.album, () => act(null, refresh));

follow({
  snapshot: () => act(null, refresh),
  photos: () => act(null, refresh),
  albums: () => act(null, async () => {
    const { albums } = await api("GET", "albums");
    fillAlbumMenu(filter, albums);
    fillAlbumMenu(bar.querySelector("select"), albums);
  }),
});
