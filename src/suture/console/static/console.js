// Live updates, keyboard, and nothing else. The pages work without it.
const live = document.getElementById("live");
const board = document.getElementById("board");
let lastHeard = Date.now();

function say(state, text) {
  if (!live || live.dataset.state === state + text) return;
  live.dataset.state = state;
  live.textContent = text;
}

async function refresh() {
  if (!board) return;
  const focused = document.activeElement?.closest?.("a")?.getAttribute("href");
  const answer = await fetch(board.dataset.fragment + location.search, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const top = window.scrollY;
  board.innerHTML = await answer.text();
  window.scrollTo({ top, behavior: "instant" });
  if (focused) board.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

let waiting = false;
async function soon() {
  if (waiting) return;
  waiting = true;
  setTimeout(async () => { waiting = false; try { await refresh(); } catch { /* the next event tries again */ } }, 400);
}

const stream = new EventSource("/live");
const heard = () => { lastHeard = Date.now(); say("live", "live"); };
stream.addEventListener("change", () => { heard(); soon(); });
stream.addEventListener("heartbeat", heard);
stream.addEventListener("open", heard);
setInterval(() => {
  const silent = Math.round((Date.now() - lastHeard) / 1000);
  if (silent > 15) say("stale", `stale for ${silent} s`);
}, 5000);

const stops = () => [...document.querySelectorAll("main a[href], main summary")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  if (event.key === "/") { event.preventDefault(); document.getElementById("asked")?.focus(); return; }
  if (event.key !== "j" && event.key !== "k") return;
  const all = stops();
  const at = all.indexOf(document.activeElement);
  all[Math.min(all.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)))]?.focus();
});
