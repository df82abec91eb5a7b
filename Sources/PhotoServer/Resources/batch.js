// What can be done with the selected photos, by pointer and by keyboard. Every change can be undone.
import { act, api, ask, changed, keywordsOf, panel, say, undo } from "./app.js";

const count = (photos) => (photos.length === 1 ? "1 photo" : photos.length + " photos");

/** The bar that appears while photos are selected. `takeOut` and `move` are there where an album is filled by hand. */
export function watchSelection(grid, { refresh, open, takeOut, move }) {
  const bar = document.querySelector(".selection");
  const element = grid.element;

  element.addEventListener("change", () => {
    const selected = grid.selected().length;
    bar.hidden = selected === 0;
    element.classList.toggle("picking", selected > 0);
    bar.querySelector("strong").textContent = selected === 1 ? "1 photo" : selected + " photos";
  });

  // Shift selects everything between, as people know it from folders.
  let last = null;
  const boxes = () => [...element.querySelectorAll("input")];
  function selectThrough(index, checked) {
    const inputs = boxes();
    for (const input of inputs.slice(Math.min(last, index), Math.max(last, index) + 1)) input.checked = checked;
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }
  element.addEventListener("click", (event) => {
    if (event.target.closest("[data-action=open]")) {
      event.preventDefault();
      open(event.target.closest(".tile"));
      return;
    }
    if (!(event.target instanceof HTMLInputElement)) return;
    const index = boxes().indexOf(event.target);
    if (event.shiftKey && last !== null) selectThrough(index, event.target.checked);
    last = index;
  });
  element.addEventListener("dblclick", (event) => {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    grid.clear();
    open(tile);
  });

  async function change(photos, what) {
    changed(await api("POST", "photos/changes", { photos, change: what }), refresh);
    await refresh();
  }
  /** Of the first one selected: what a toggle turns over. */
  const firstTile = (photos) => element.querySelector(`[data-photo="${photos[0]}"]`);

  const actions = {
    clear: () => grid.clear(),
    favourite: (photos) => change(photos, { favourite: !firstTile(photos)?.hasAttribute("data-favourite") }),
    turn: (photos) => change(photos, { turn: 90 }),
    hide: async (photos) => {
      const shelf = new URLSearchParams(grid.query()).get("shelf");
      await change(photos, { hidden: shelf !== "hidden" });
      grid.clear();
    },
    bin: async (photos) => {
      await change(photos, { bin: true });
      grid.clear();
    },
    restore: async (photos) => {
      await change(photos, { bin: false });
      grid.clear();
    },
    destroy: async (photos) => {
      if (!(await ask(`Delete ${count(photos)} for ever?`, "The files are removed from the server. This cannot be undone.", "Delete"))) return;
      await api("POST", "bin/empty", { photos });
      grid.clear();
      await refresh();
    },
    keywords: async (photos) => {
      const form = await panel("keywords");
      if (!form) return;
      const addKeywords = keywordsOf(form.elements.add.value);
      const removeKeywords = keywordsOf(form.elements.remove.value);
      if (addKeywords.length || removeKeywords.length) await change(photos, { addKeywords, removeKeywords });
    },
    date: async (photos) => {
      const form = await panel("date");
      if (!form) return;
      const field = (name) => Number(form.elements[name].value) || 0;
      const shiftSeconds = Math.round((field("days") * 24 + field("hours")) * 3600 + field("minutes") * 60);
      const taken = form.elements.taken.value;
      if (taken) await change(photos, { taken: taken.length === 16 ? taken + ":00" : taken });
      else if (shiftSeconds) await change(photos, { shiftSeconds });
    },
    "take-out": (photos) => takeOut?.(photos),
    earlier: (photos) => move?.(photos, -1),
    later: (photos) => move?.(photos, 1),
  };
  function run(action, control, extra) {
    const photos = grid.selected();
    if (action === "clear" || photos.length) act(control, () => actions[action](photos, extra));
  }
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && actions[button.dataset.action]) run(button.dataset.action, button);
  });
  const albumSelect = bar.querySelector('[data-testid="selection-album"]');
  whenChosen(albumSelect, () => {
    const album = albumSelect.selectedOptions[0];
    const photos = grid.selected();
    act(albumSelect, async () => {
      const answer = await api("POST", `albums/${album.value}/photos`, { photos });
      if (answer.edit) changed(answer, refresh);
      else say(`${photos.length === 1 ? "It was" : "They were"} in ${album.textContent} already.`);
      grid.clear();
    }).finally(() => { albumSelect.value = ""; });
  });
  const ratingSelect = bar.querySelector('[data-testid="selection-rating"]');
  whenChosen(ratingSelect, () => {
    const rating = Number(ratingSelect.value);
    act(ratingSelect, () => change(grid.selected(), { rating })).finally(() => { ratingSelect.value = ""; });
  });

  // The keyboard: arrows walk over the grid, the rest acts on the selection.
  const columns = () => getComputedStyle(element).gridTemplateColumns.split(" ").length;
  const steps = { ArrowLeft: () => -1, ArrowRight: () => 1, ArrowUp: () => -columns(), ArrowDown: () => columns() };
  document.addEventListener("keydown", (event) => {
    if (document.querySelector("dialog[open]")) return;
    const onBox = event.target instanceof HTMLInputElement && event.target.closest(".grid") === element;
    if (event.key === "Escape" && !bar.hidden) return grid.clear();
    if (event.target.closest?.("input, textarea, select") && !onBox) return;
    const inputs = boxes();
    if ((event.ctrlKey || event.metaKey) && event.key === "a") {
      event.preventDefault();
      for (const input of inputs) input.checked = true;
      element.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    if (event.altKey && (event.key === "ArrowLeft" || event.key === "ArrowRight") && move && grid.selected().length) {
      event.preventDefault();
      return run(event.key === "ArrowLeft" ? "earlier" : "later", null);
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (onBox && steps[event.key]) {
      event.preventDefault();
      const from = inputs.indexOf(event.target);
      const to = Math.min(Math.max(from + steps[event.key](), 0), inputs.length - 1);
      inputs[to].focus();
      inputs[to].scrollIntoView({ block: "nearest" });
      if (event.shiftKey) {
        last ??= from;
        selectThrough(to, true);
      } else {
        last = to;
      }
      return;
    }
    if (onBox && event.key === "Enter") {
      event.preventDefault();
      return open(event.target.closest(".tile"));
    }
    if (!grid.selected().length) return;
    if (event.key === "Delete") run("bin", null);
    else if (event.key === "f") run("favourite", null);
    else if (event.key === "r") run("turn", null);
    else if (event.key === "k") { event.preventDefault(); run("keywords", null); }
    else if (/^[0-5]$/.test(event.key)) act(null, () => change(grid.selected(), { rating: Number(event.key) }));
  });
  return bar;
}

/** A menu that acts on what is chosen in it. Arrows and letters only step through a closed one: Enter chooses. */
function whenChosen(select, run) {
  let isStepping = false;
  select?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && isStepping && select.value) {
      event.preventDefault();
      run();
    } else if (event.key === "Escape") {
      select.value = "";
    }
    isStepping = ![" ", "Enter", "Escape", "Tab", "Shift", "Alt"].includes(event.key) && !event.altKey;
  });
  select?.addEventListener("pointerdown", () => { isStepping = false; });
  select?.addEventListener("blur", () => {
    if (isStepping) select.value = "";
    isStepping = false;
  });
  select?.addEventListener("change", () => { if (!isStepping && select.value) run(); });
}

/** The list of what was changed lately, each with a way back. */
export function showHistory(refresh) {
  const dialog = document.querySelector('[data-panel="history"]');
  const list = dialog.querySelector("ol");
  async function fill() {
    const { edits } = await api("GET", "edits");
    list.replaceChildren(...edits.map((edit) => {
      const item = document.createElement("li");
      const text = document.createElement("span");
      text.textContent = edit.summary;
      const when = document.createElement("time");
      when.dateTime = edit.at;
      when.textContent = new Date(edit.at).toLocaleString();
      const button = document.createElement("button");
      button.textContent = edit.undone ? "Undone" : "Undo";
      button.disabled = edit.undone;
      button.addEventListener("click", async () => {
        await undo(edit.id, refresh);
        await fill();
      });
      item.append(text, when, button);
      return item;
    }));
  }
  dialog.showModal();
  return fill();
}
