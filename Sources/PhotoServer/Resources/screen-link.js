// The way to the server: calls, and the stream of what changes.

/** The server does not accept this display's token. */
export class Refused extends Error {}

/** An answer of the server that says no. */
export class Failed extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const base = "/api/v1/display/";

/** Calls the server and answers the response; anything but success throws. */
export async function call(method, path, { token, body, headers = {}, signal, seconds = 30 } = {}) {
  const all = { ...headers };
  if (token) all.Authorization = "Bearer " + token;
  const limit = AbortSignal.timeout(seconds * 1000);
  const response = await fetch(base + path, {
    method, headers: all, body, cache: "no-store", credentials: "omit",
    signal: signal ? anySignal(signal, limit) : limit,
  });
  if (response.status === 401) throw new Refused("the server does not accept this display any more");
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Failed(response.status, problem.detail ?? `the server answers ${response.status}`);
  }
  return response;
}

/** AbortSignal.any, for browsers that do not have it. */
function anySignal(...signals) {
  const controller = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}

/** Longer than this without a byte means a dead connection, whatever the network says: a comment comes every 10 s. */
const silence = 25000;

/**
 * Server-sent events { event, id, data } of one connection. EventSource cannot send a token, so this reads the stream
 * itself (WHATWG HTML, section 9.2). Ends when the server ends it; throws when it cannot be had or falls silent.
 */
export async function* events(token, lastID, signal) {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  let timer = setTimeout(() => controller.abort(new Error("the server fell silent")), silence);
  try {
    const headers = { Accept: "text/event-stream", Authorization: "Bearer " + token };
    if (lastID) headers["Last-Event-ID"] = lastID;
    const response = await fetch(base + "events", { headers, cache: "no-store", credentials: "omit", signal: controller.signal });
    if (response.status === 401) throw new Refused("the server does not accept this display any more");
    if (!response.ok) throw new Failed(response.status, `the server answers ${response.status}`);
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Error("the server fell silent")), silence);
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    controller.abort();
  }
}

function parse(block) {
  const event = { event: "message", id: "", data: "" };
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    if (colon > 0) event[line.slice(0, colon)] = line.slice(colon + 2);
  }
  return event.data ? event : null;
}

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits that double from half a second to ten, with jitter so that a house full of screens does not return in step. */
export function backoff() {
  let wait = 500;
  return {
    next: () => {
      const now = wait * (0.5 + Math.random() / 2);
      wait = Math.min(wait * 2, 10000);
      return pause(now);
    },
    reset: () => { wait = 500; },
  };
}
