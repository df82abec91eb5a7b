// What somebody with an upload link sees: photos go up one after the other, in parts; after a broken connection each goes
// on where it stopped.
const form = document.querySelector("form[data-link]");
const link = form.dataset.link;
const panel = document.querySelector(".uploads");
const partBytes = 4 * 1024 * 1024;
const waits = [500, 1000, 2000, 4000, 8000, 15000];
const jobs = [];
let isRunning = false;

// The link is a secret: keep it out of the address bar's history once it has done its work.
history.replaceState(null, "", "/guest");

async function call(method, path, body, type) {
  let response;
  try {
    response = await fetch("/api/v1/guest/" + path, {
      method, body, headers: { Authorization: "Bearer " + link, ...(type && { "Content-Type": type }) },
    });
  } catch {
    throw { status: 0, message: "The connection broke." };
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw { status: response.status, message: [answer.detail || "The server did not understand.", answer.remedy].filter(Boolean).join(" ") };
  }
  return answer;
}

const isPassing = (error) => error.status === 0 || error.status === 409 || error.status === 429 || error.status >= 502;

async function send(job) {
  let upload = null;
  let failures = 0;
  for (;;) {
    try {
      if (!upload) upload = await call("POST", "uploads", JSON.stringify({ filename: job.file.name, size: job.file.size }), "application/json");
      else if (failures) upload = await call("GET", "uploads/" + upload.id);
      const part = job.file.slice(upload.offset, upload.offset + partBytes);
      upload = await call("PATCH", `uploads/${upload.id}?offset=${upload.offset}`, part, "application/octet-stream");
      failures = 0;
      job.set("sending", "", upload.offset / job.file.size);
      if (upload.isDone) return;
    } catch (error) {
      if (!isPassing(error) || failures >= 40) throw error;
      job.set("sending", "Connection lost. Trying again…");
      await new Promise((resolve) => { setTimeout(resolve, waits[Math.min(failures, waits.length - 1)]); });
      failures += 1;
    }
  }
}

async function run() {
  if (isRunning) return;
  isRunning = true;
  for (let job = jobs.find((one) => one.state === "waiting"); job; job = jobs.find((one) => one.state === "waiting")) {
    job.set("sending", "", 0);
    try {
      await send(job);
      job.set("done", "Thank you", 1);
    } catch (error) {
      job.set("failed", error.message, 1);
    }
  }
  isRunning = false;
}

function report() {
  const done = jobs.filter((job) => job.state === "done").length;
  const failed = jobs.filter((job) => job.state === "failed").length;
  panel.querySelector("strong").textContent = `${done} of ${jobs.length} added${failed ? `, ${failed} failed` : ""}`;
}

function add(files) {
  for (const file of files) {
    if (file.name.startsWith(".")) continue;
    const item = panel.querySelector("template").content.firstElementChild.cloneNode(true);
    item.querySelector(".upload-name").textContent = file.name;
    panel.querySelector("ul").append(item);
    const job = {
      file, state: "waiting",
      set(state, note, part) {
        job.state = state;
        item.dataset.state = state;
        item.querySelector(".upload-note").textContent = note;
        if (part !== undefined) item.querySelector("progress").value = part;
        report();
      },
    };
    jobs.push(job);
  }
  if (!jobs.length) return;
  panel.hidden = false;
  report();
  run();
}

form.querySelector("input").addEventListener("change", (event) => {
  add([...event.target.files]);
  event.target.value = "";
});
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  add([...event.dataTransfer.files]);
});
addEventListener("beforeunload", (event) => isRunning && event.preventDefault());
