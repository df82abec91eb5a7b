// What this display remembers across restarts of the browser, on disk before anybody goes on.

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Without a disk to write to, a display works until it is closed, and says so. */
function fleeting() {
  const values = new Map();
  return {
    isLasting: false,
    get: async (key) => values.get(key),
    set: async (key, value) => { values.set(key, value); },
    clear: async () => { values.clear(); },
  };
}

export async function openStore() {
  let database;
  try {
    const opening = indexedDB.open("vitrine-display", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
    database = await done(opening);
  } catch {
    return fleeting();
  }
  const write = (change) => new Promise((resolve, reject) => {
    // Strict: a command that was remembered as run must not be forgotten by a power cut.
    const transaction = database.transaction("kept", "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
    change(transaction.objectStore("kept"));
  });
  return {
    isLasting: true,
    get: (key) => done(database.transaction("kept").objectStore("kept").get(key)),
    set: (key, value) => write((kept) => kept.put(value, key)),
    clear: () => write((kept) => kept.clear()),
  };
}

/** Hexadecimal digits from the system's generator, which is there without HTTPS too. */
export function randomHex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
