// Live updates, keyboard, help. The pages work without it.
// It asks for the changing part of a page again when the hub says that something changed, and puts
// it in place without moving focus, scroll or opened details.

const STALE_AFTER_S = 15; // the hub sends a heartbeat every 10 s
const REFRESH_EVERY_MS = 2000; // a busy hub changes many times a second; eyes do not

const live = document.getElementById("live");
const stale = document.getElementById("stale");
const part = document.getElementById("part");
const help = document.getElementById("help");

// --- live updates

let lastHeard = Date.now();
let isDue = false;
let isFetching = false;

function say(state, text) {
  if (live.dataset.state === state) return; // a status is read aloud: only when it changes
  live.dataset.state = state;
  live.textContent = text;
}

function heard() {
  lastHeard = Date.now();
  stale.hidden = true;
  say("live", "live");
}

function swap(html) {
  const focused = document.activeElement?.id;
  const open = new Map([...part.querySelectorAll("details[id]")].map((d) => [d.id, d.open]));
  const scrolled = new Map([...part.querySelectorAll(".frame[id]")].map((f) => [f.id, f.scrollLeft]));
  const top = window.scrollY;
  part.innerHTML = html;
  for (const [id, isOpen] of open) {
    const found = document.getElementById(id);
    if (found) found.open = isOpen;
  }
  for (const [id, left] of scrolled) {
    const found = document.getElementById(id);
    if (found) found.scrollLeft = left;
  }
  if (focused && !document.activeElement?.id) {
    document.getElementById(focused)?.focus({ preventScroll: true });
  }
  window.scrollTo({ top, behavior: "instant" });
}

async function refresh() {
  if (!part || !isDue || isFetching || document.hidden) return;
  isDue = false;
  isFetching = true;
  try {
    const answer = await fetch(part.dataset.fragment);
    if (answer.ok) swap(await answer.text());
    else isDue = answer.status >= 500;
  } catch {
    isDue = true; // the next turn tries again; the banner tells meanwhile
  } finally {
    isFetching = false;
  }
}

const stream = new EventSource(`/live?after=${document.body.dataset.seq}`);
stream.addEventListener("open", heard);
stream.addEventListener("heartbeat", heard);
stream.addEventListener("change", () => {
  heard();
  isDue = true;
});
setInterval(refresh, REFRESH_EVERY_MS);
setInterval(() => {
  const silent = Math.round((Date.now() - lastHeard) / 1000);
  if (silent < STALE_AFTER_S) return;
  say("stale", "stale");
  const since = new Date(lastHeard).toLocaleTimeString();
  const text = `No word from the hub since ${since}: what you see may be old. Trying again.`;
  if (stale.hidden || stale.textContent !== text) stale.textContent = text;
  stale.hidden = false;
}, 1000);
window.addEventListener("pagehide", () => stream.close());

// --- keyboard

function step(by) {
  const stops = [...document.querySelectorAll("main .stop")].filter((x) => x.offsetParent !== null);
  const at = stops.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : stops.length - 1) : at + by;
  stops[Math.min(stops.length - 1, Math.max(0, next))]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.target.closest("input, select, textarea")) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "?") help.showModal();
  else if (event.key === "/") document.getElementById("asked").focus();
  else return;
  event.preventDefault();
});

// A link to a stage opens its steps.
function openTarget() {
  const found = location.hash && document.getElementById(location.hash.slice(1));
  if (found instanceof HTMLDetailsElement) found.open = true;
}
window.addEventListener("hashchange", openTarget);

// On a phone a hundred steps are a long way to scroll: closed stages tell their gist.
if (window.matchMedia("(max-width: 760px)").matches) {
  for (const group of document.querySelectorAll("details.group[open]")) group.open = false;
}
openTarget();
