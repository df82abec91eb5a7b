// What every page needs: the API, the live events, questions and messages.

export const csrfToken = document.querySelector('meta[name="csrf-token"]').content;

/** An answer of the server that says no: `message` is for people. */
export class Refused extends Error {
  constructor(status, problem) {
    super([problem.detail || "The server did not understand.", problem.remedy].filter(Boolean).join(" "));
    this.status = status;
    this.code = problem.code;
  }
}

export function signIn() {
  location.assign("/signin?next=" + encodeURIComponent(location.pathname + location.search));
}

/** Calls /api/v1; answers the decoded JSON, or null where there is none. */
export async function api(method, path, body) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrfToken;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch("/api/v1/" + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refused(0, { detail: "The server cannot be reached." });
  }
  if (response.status === 401) signIn();
  if (!response.ok) throw new Refused(response.status, await response.json().catch(() => ({})));
  return response.status === 204 ? null : response.json();
}

const toasts = document.querySelector(".toasts");

/** Says something in the corner for a while; `offer` is one thing that can be done about it: { label, run }. */
export function say(message, kind = "", offer = null) {
  const toast = document.createElement("p");
  toast.className = "toast " + kind;
  toast.dataset.testid = "toast";
  toast.textContent = message;
  if (offer) {
    const button = document.createElement("button");
    button.textContent = offer.label;
    button.dataset.testid = "toast-action";
    button.addEventListener("click", () => { toast.remove(); offer.run(); });
    toast.append(" ", button);
  }
  toasts.append(toast);
  while (toasts.children.length > 4) toasts.firstChild.remove();
  setTimeout(() => toast.remove(), kind === "bad" || offer ? 9000 : 4000);
}

let lastEdit = null;

/** Says what was changed, with a way back; Ctrl+Z is another. `whenUndone` brings the page up to date. */
export function changed(answer, whenUndone) {
  const edit = answer?.edit;
  if (!edit) return;
  lastEdit = { id: edit.id, whenUndone };
  say(edit.summary + ".", "", { label: "Undo", run: () => undo(edit.id, whenUndone) });
}

export async function undo(id, whenUndone) {
  await act(null, async () => {
    const answer = await api("POST", `edits/${id}/undo`);
    if (lastEdit?.id === id) lastEdit = null;
    if (answer.edit) say(answer.edit.summary + ".", "", { label: "Redo", run: () => undo(answer.edit.id, whenUndone) });
    else say("There was nothing left to undo.");
    await whenUndone?.();
  });
}

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || event.shiftKey || !lastEdit) return;
  if (event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
  event.preventDefault();
  undo(lastEdit.id, lastEdit.whenUndone);
});

// Not a submit button: Enter in a field would press it, being the first.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close("no");
});

/** A dialog of the page by its name. Answers its form when it is sent, null when it is left. */
export function panel(name, fill) {
  const dialog = document.querySelector(`[data-panel="${name}"]`);
  const form = dialog.querySelector("form");
  form.reset();
  fill?.(form);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? form : null), { once: true });
  });
}

/** Offers keywords while somebody types; after a comma the next one begins. */
export function offerKeywords() {
  const list = document.getElementById("keyword-list");
  let latest = 0;
  document.addEventListener("input", async (event) => {
    if (event.target.getAttribute?.("list") !== "keyword-list") return;
    const value = event.target.value;
    const start = value.lastIndexOf(",") + 1;
    const prefix = value.slice(start).trim();
    const turn = latest += 1;
    const { keywords } = await api("GET", "keywords?prefix=" + encodeURIComponent(prefix));
    if (turn !== latest) return;
    const before = event.target.dataset.keywords === undefined ? "" : value.slice(0, start) + (start ? " " : "");
    list.replaceChildren(...keywords.map((entry) => {
      const option = document.createElement("option");
      option.value = before + entry.keyword;
      option.label = `${entry.keyword} (${entry.count})`;
      return option;
    }));
  });
}

export const keywordsOf = (text) => text.split(",").map((word) => word.trim()).filter(Boolean);

/** Runs something a person asked for: the control is busy meanwhile, and what goes wrong is said. */
export async function act(control, work) {
  control?.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    say(error.message, "bad");
    return undefined;
  } finally {
    control?.removeAttribute("aria-busy");
  }
}

/** Asks before something that cannot be undone. */
export function ask(title, text, yes) {
  const dialog = document.querySelector(".ask");
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("p").textContent = text;
  dialog.querySelector('[value="yes"]').textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** A copy of the page's template. */
export function copy(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/**
 * Follows the live events for as long as the page is looked at: browsers allow few connections to a server, and a
 * hidden tab needs none. Whoever comes back, from a hidden tab, a lost connection or a laptop's sleep, names the last
 * event it had and hears what became of everything since; where the server no longer knows that, it gets a snapshot.
 *
 * `view` says how displays are told, `after` which event the page itself was made at.
 */
export function follow(handlers, { view = "library", after = null } = {}) {
  const banner = document.querySelector(".link-state");
  /** The server says something every 15 s. A laptop that slept may hold a connection that nobody else knows of. */
  const silence = 40000;
  let source = null;
  let delay = 500;
  let retry = 0;
  let heardAt = 0;

  function close() {
    clearTimeout(retry);
    source?.close();
    source = null;
  }

  function open() {
    close();
    const query = new URLSearchParams({ view });
    if (after) query.set("after", after);
    source = new EventSource("/api/v1/events?" + query);
    heardAt = Date.now();
    source.onopen = () => {
      heardAt = Date.now();
      delay = 500;
      banner.hidden = true;
    };
    source.onerror = () => {
      banner.hidden = false;
      if (source.readyState !== EventSource.CLOSED) return;
      // Refused for good as the browser sees it: signed out, or too many followers. Ask again, ever more slowly.
      close();
      retry = setTimeout(() => { api("GET", "session").then(open, open); }, delay);
      delay = Math.min(delay * 2, 15000);
    };
    for (const [name, handle] of Object.entries({ alive: () => {}, ...handlers })) {
      source.addEventListener(name, (event) => {
        heardAt = Date.now();
        if (event.lastEventId) after = event.lastEventId;
        handle(JSON.parse(event.data));
      });
    }
  }

  setInterval(() => { if (source && Date.now() - heardAt > silence) open(); }, 5000);
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("online", () => document.hidden || open());
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  if (!document.hidden) open();
}
