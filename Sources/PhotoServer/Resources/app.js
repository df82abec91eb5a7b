// What every page needs: the API, the live events, questions and messages.

const csrfToken = document.querySelector('meta[name="csrf-token"]').content;

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

/** Sends one file and reports how far it is, 0 to 1. Not fetch: that cannot say how much it has sent. */
export function upload(file, album, onProgress) {
  const query = new URLSearchParams({ filename: file.name });
  if (album) query.set("album", album);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/photos?" + query);
    request.setRequestHeader("X-CSRF-Token", csrfToken);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* not ours: a proxy's page, perhaps */ }
      if (request.status === 401) signIn();
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else reject(new Refused(request.status, answer));
    };
    request.onerror = () => reject(new Refused(0, { detail: "The connection broke." }));
    request.send(file);
  });
}

const toasts = document.querySelector(".toasts");

/** Says something in the corner for a while. */
export function say(message, kind = "") {
  const toast = document.createElement("p");
  toast.className = "toast " + kind;
  toast.dataset.testid = "toast";
  toast.textContent = message;
  toasts.append(toast);
  while (toasts.children.length > 4) toasts.firstChild.remove();
  setTimeout(() => toast.remove(), kind === "bad" ? 9000 : 4000);
}

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
 * hidden tab needs none. Each connection begins with a snapshot, so nothing is missed in between.
 */
export function follow(handlers) {
  const banner = document.querySelector(".link-state");
  let source = null;
  let delay = 500;
  let retry = 0;

  function close() {
    clearTimeout(retry);
    source?.close();
    source = null;
  }

  function open() {
    close();
    source = new EventSource("/api/v1/events");
    source.onopen = () => {
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
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  if (!document.hidden) open();
}
