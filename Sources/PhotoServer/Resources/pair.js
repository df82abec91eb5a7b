import { act, api } from "./app.js";

const codeForm = document.querySelector('[data-form="code"]');
const displayForm = document.querySelector('[data-form="display"]');
const done = document.querySelector('[data-field="done"]');
const how = document.querySelector('[data-field="how"]');
const wrong = document.querySelector('[data-testid="pair-error"]');
const code = codeForm.elements.code;

const kinds = { viewer: "A photoviewer", browser: "A browser" };

const typed = () => code.value.toUpperCase().replace(/[\s-]/g, "");

function complain(message) {
  wrong.textContent = message;
  wrong.hidden = !message;
}

function showFound(found) {
  displayForm.querySelector('[data-field="what"]').textContent =
    `${kinds[found.kind] ?? "A display"} of ${found.width} × ${found.height}`;
  displayForm.querySelector('[data-field="where"]').textContent =
    [found.name && `calls itself ${found.name}`, found.address && `comes from ${found.address}`].filter(Boolean).join(", ");
  displayForm.elements.name.value = displayForm.elements.name.defaultValue = found.name ?? "";
  displayForm.hidden = false;
  how.hidden = true;
  displayForm.elements.name.focus();
}

let asked = "";

/** Looks a whole code up, each one once. */
async function look() {
  const text = typed();
  if (text.length < 6 || text === asked) return;
  asked = text;
  complain("");
  displayForm.hidden = true;
  try {
    const found = await api("GET", "pairings/" + encodeURIComponent(text));
    if (typed() === text) showFound(found);
  } catch (error) {
    // Asked again when Enter is pressed: the server may have been away.
    asked = "";
    complain(error.message);
  }
}

code.addEventListener("input", () => {
  if (typed().length !== 6) {
    asked = "";
    displayForm.hidden = true;
    how.hidden = false;
    complain("");
  }
  look();
});

codeForm.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});

displayForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const { name, album, replaces } = Object.fromEntries(new FormData(displayForm));
  const body = { code: typed() };
  // What it calls itself is no reason to give up the name of the one that it replaces.
  const isItsOwn = name === displayForm.elements.name.defaultValue;
  if (name.trim() && !(replaces && isItsOwn)) body.name = name.trim();
  if (album) body.album = Number(album);
  if (replaces) body.replaces = replaces;
  act(event.submitter, async () => {
    const display = await api("POST", "pairings", body);
    codeForm.hidden = displayForm.hidden = document.querySelector(".pair > .lede").hidden = true;
    done.hidden = false;
    done.querySelector('[data-field="welcome"]').textContent = `${display.name} is in.`;
  });
});

done.querySelector('[data-action="again"]').addEventListener("click", () => {
  // Anew, so that the list of displays to replace has the one that was just added.
  location.assign("/pair");
});

look();
