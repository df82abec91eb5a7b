// Files whose upload is not finished, kept by the browser so that a reload of the page, or its crash, does not end them.
// A page that takes one up holds its lock, so that two pages never send the same file.

const largest = 256 * 1024 * 1024;
const allTogether = 1024 * 1024 * 1024;
let total = 0;

// Locks exist for secure addresses only: https, and this machine.
const isPossible = Boolean(globalThis.indexedDB && navigator.locks);

const answer = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let opened = null;
function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("uploads", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("files", { autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

const store = async (mode) => (await database()).transaction("files", mode).objectStore("files");

/** Holds a file's lock until `forget`. Answers whether nobody else has it. */
function lock(job) {
  return new Promise((resolve) => {
    navigator.locks.request("upload " + job.key, { ifAvailable: true }, (held) => {
      resolve(Boolean(held));
      return held ? new Promise((release) => { job.release = release; }) : undefined;
    });
  });
}

/** Keeps a job's file, unless it is too large or the browser will not; the upload does not wait for it. */
export function keep(job) {
  if (!isPossible || job.file.size > largest || total + job.file.size > allTogether) return;
  total += job.file.size;
  job.keeping = (async () => {
    try {
      const { file, album, id } = job;
      job.key = await answer((await store("readwrite")).add({ file, album, id }));
      job.isKept = await lock(job);
      if (job.id !== id) await put(job);
    } catch {
      // No room, or a window that keeps nothing: then a reload asks for the file again.
      job.isKept = false;
    }
  })();
}

async function put(job) {
  const { file, album, id } = job;
  await answer((await store("readwrite")).put({ file, album, id }, job.key));
}

/** Notes the upload's id at the server, which a reload goes on with. */
export function note(job, id) {
  job.id = id;
  if (job.isKept) put(job).catch(() => {});
}

export async function forget(job) {
  await job.keeping;
  if (!job.key) return;
  total -= job.file.size;
  await answer((await store("readwrite")).delete(job.key)).catch(() => {});
  job.release?.();
}

/** The files of uploads that no open page goes on with, as jobs. */
export async function takeUp() {
  if (!isPossible) return [];
  try {
    const files = await store("readonly");
    const [keys, values] = await Promise.all([answer(files.getAllKeys()), answer(files.getAll())]);
    const jobs = values.map((value, index) => ({ ...value, key: keys[index], offset: null, isKept: true }));
    const mine = await Promise.all(jobs.map(lock));
    const taken = jobs.filter((job, index) => mine[index]);
    total += taken.reduce((sum, job) => sum + job.file.size, 0);
    return taken;
  } catch {
    return [];
  }
}
