import "./app.js";

const search = document.querySelector('[data-testid="api-search"]');
const routes = [...document.querySelectorAll(".api-route")].map((element) => ({
  element, text: element.querySelector("summary").textContent.toLowerCase(),
}));

/** Shows the routes and shapes that have every word. */
function sift() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const { element, text } of routes) element.hidden = !words.every((word) => text.includes(word));
  for (const chapter of document.querySelectorAll(".api > .section[id]")) {
    chapter.hidden = !chapter.querySelector(".api-route:not([hidden])");
  }
}

/** Opens what a link leads to. */
function open() {
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!wanted) return;
  if (wanted.closest("[hidden]")) {
    search.value = "";
    sift();
  }
  if (wanted.matches("details")) {
    wanted.open = true;
    wanted.scrollIntoView();
  }
}

search.addEventListener("input", sift);
addEventListener("hashchange", open);
open();
