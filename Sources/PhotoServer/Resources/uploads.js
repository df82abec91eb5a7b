// Uploads by drag and drop, of files and whole folders, and by the file picker: two at a time, each with its own
// progress. A file goes up in parts; after a broken connection, a restart of the server or a reload of the page, it goes
// on where it stopped.
import { act, api, csrfToken, Refused, signIn } from "./app.js";
import { forget, keep, note, takeUp } from "./kept.js";

const partBytes = 8 * 1024 * 1024;
const waits = [500, 1000, 2000, 4000, 8000, 15000];

/** Sends one part. Not fetch: that cannot say how much it has sent. */
function send(id, blob, offset, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PATCH", `/api/v1/uploads/${id}?offset=${offset}`);
    request.setRequestHeader("X-CSRF-Token", csrfToken);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = (event) => onProgress(offset + event.loaded);
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* not ours: a proxy's page, perhaps */ }
      if (request.status === 401) signIn();
      if (request.status >= 200 && request.status < 300) resolve(answer);
      else reject(new Refused(request.status, answer));
    };
    request.onerror = () => reject(new Refused(0, { detail: "The connection broke." }));
    request.send(blob);
  });
}

/** Whether the same request may do better a little later. */
const isPassing = (error) => error.status === 0 || error.status === 409 || error.status === 429 || error.status >= 502;

async function sendAll(job) {
  let { id, offset } = job;
  let failures = 0;
  let mayBegin = true;
  for (;;) {
    try {
      if (!id) {
        id = (await api("POST", "uploads", { filename: job.file.name, size: job.file.size, album: job.album ? Number(job.album) : undefined })).id;
        offset = 0;
        note(job, id);
      } else if (failures || offset === null) {
        offset = (await api("GET", "uploads/" + id)).offset;
      }
      const answer = await send(id, job.file.slice(offset, offset + partBytes), offset, (sent) => job.sent(sent));
      failures = 0;
      if (answer.photo || answer.archive) return answer;
      offset = answer.offset;
    } catch (error) {
      // An upload of before a reload that the server has finished, or given up: what it has by now is recognised.
      if (error.status === 404 && id && mayBegin) {
        mayBegin = false;
        id = null;
        continue;
      }
      if (!isPassing(error) || failures >= 40) throw error;
      job.waits();
      await new Promise((resolve) => { setTimeout(resolve, waits[Math.min(failures, waits.length - 1)]); });
      failures += 1;
    }
  }
}

function outcome(answer) {
  if (answer.photo) return answer.duplicate ? "Already here" : "Done";
  const { added, known, refusedCount } = answer.archive;
  return [`${added} added`, known && `${known} already here`, refusedCount && `${refusedCount} left out`].filter(Boolean).join(", ");
}

/** All files below a dropped entry. */
async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => { entry.file(resolve, reject); })];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const entries = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (!entries.length) return found;
    for (const inner of entries) found.push(...(await filesOf(inner)));
  }
}

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
    const stopped = jobs.filter((job) => job.state === "stopped").length;
    const isOver = done + failed + stopped === jobs.length;
    const tail = failed ? `, ${failed} failed` : "";
    summary.textContent = isOver && stopped ? `${stopped} not finished`
      : isOver ? `${done} of ${jobs.length} uploaded${tail}` : `Uploading ${done + failed + 1} of ${jobs.length}${tail}`;
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
    job.sent = (bytes) => {
      const part = job.file.size ? Math.min(bytes / job.file.size, 1) : 1;
      job.progress = part;
      bar.value = part;
      set(job, "sending", part < 1 ? Math.floor(part * 100) + " %" : "Looking at it…");
    };
    job.waits = () => set(job, "sending", "Connection lost. Trying again…");
    job.sent(0);
    try {
      const answer = await sendAll(job);
      job.progress = bar.value = 1;
      set(job, "done", outcome(answer));
      if (answer.archive?.refused.length) job.item.title = answer.archive.refused.map((entry) => entry.message).join("\n");
      whenDone(answer);
    } catch (error) {
      job.progress = 1;
      set(job, "failed", error.message);
    }
    forget(job);
    running -= 1;
    pump();
  }

  function pump() {
    while (running < 2 && queue.length) {
      running += 1;
      run(queue.shift());
    }
  }

  /** A line in the list, for a file that is to be sent or one that somebody must choose again. */
  function enter(job, name) {
    job.item = panel.querySelector("template").content.firstElementChild.cloneNode(true);
    job.item.querySelector(".upload-name").textContent = name;
    list.append(job.item);
    jobs.push(job);
    panel.hidden = false;
  }

  function add(files) {
    if (!files.length) return;
    if (panel.dataset.state === "over" && !jobs.some((job) => job.state === "stopped")) {
      jobs = [];
      list.replaceChildren();
    }
    for (const file of files) {
      const known = jobs.find((job) => job.state === "stopped" && job.name === file.name && job.size === file.size);
      if (known) {
        Object.assign(known, { file, state: "waiting", offset: null });
        known.item.querySelector("button").hidden = true;
        keep(known);
        queue.push(known);
        continue;
      }
      const job = { file, album: album(), id: null, offset: 0, progress: 0, state: "waiting" };
      enter(job, file.name);
      keep(job);
      queue.push(job);
    }
    report();
    pump();
  }

  /** What a reload interrupted: it goes on by itself where the browser has kept the file, else with the file chosen again. */
  async function goOn() {
    if (!document.body.dataset.scopes.split(" ").includes("photos")) return;
    const kept = await takeUp();
    for (const job of kept) {
      Object.assign(job, { progress: 0, state: "waiting" });
      enter(job, job.file.name);
      queue.push(job);
    }
    const { uploads } = await api("GET", "uploads");
    const going = new Set(kept.map((job) => job.id));
    // Those that somebody sends just now, in another window or elsewhere, are not ours to ask about.
    for (const upload of uploads.filter((entry) => !going.has(entry.id) && entry.idleSeconds > 20)) {
      const part = upload.offset / upload.size;
      const job = { id: upload.id, offset: null, album: upload.album, name: upload.filename, size: upload.size, file: { size: upload.size }, progress: part };
      enter(job, upload.filename);
      set(job, "stopped", `Stopped at ${Math.floor(part * 100)} %. Choose the file again to go on.`);
      job.item.querySelector("progress").value = part;
      const button = job.item.querySelector("button");
      button.hidden = false;
      button.addEventListener("click", () => act(button, async () => {
        await api("DELETE", "uploads/" + upload.id);
        jobs = jobs.filter((other) => other !== job);
        job.item.remove();
        panel.hidden = !jobs.length;
        report();
      }));
    }
    if (jobs.length) report();
    pump();
  }

  closer.addEventListener("click", () => { panel.hidden = true; });
  for (const input of document.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => {
      add([...input.files].filter((file) => !file.name.startsWith(".")));
      input.value = "";
    });
  }

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
    // Read at once: the list is empty after this event.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [...event.dataTransfer.files];
    act(null, async () => {
      if (!entries.some((entry) => entry.isDirectory)) return add(files);
      const found = await Promise.all(entries.map(filesOf));
      return add(found.flat().filter((file) => !file.name.startsWith(".")));
    });
  });
  // Only for what a reload would lose.
  addEventListener("beforeunload", (event) => jobs.some((job) => ["waiting", "sending"].includes(job.state) && !job.isKept) && event.preventDefault());
  act(null, goOn);
}
