// The page of `kigen templates render --watch`: frames as long as their letters, and the page anew when a file changed.
"use strict";

const EVERY_MS = 500;
const live = document.getElementById("live");
const said = live.textContent;

// A letter is shown whole, so that one scroll moves all; its links lead nowhere from here.
function fit(frame) {
  const letter = frame.contentDocument;
  if (!letter || !letter.body) return;
  frame.style.height = "0";
  frame.style.height = `${letter.documentElement.scrollHeight}px`;
  letter.addEventListener("click", (event) => event.preventDefault());
}

function opened() {
  return [...document.querySelectorAll("details")].map((each) => each.open);
}

async function renew() {
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const heights = [...document.querySelectorAll("iframe")].map((frame) => frame.style.height);
  const open = opened();
  [...fresh.querySelectorAll("iframe")].forEach((frame, place) => { frame.style.height = heights[place] || ""; });
  [...fresh.querySelectorAll("details")].forEach((each, place) => { each.open = open[place] || false; });
  document.querySelector("main").replaceWith(fresh);
}

async function look() {
  try {
    const version = await (await fetch("/version")).text();
    live.textContent = said;
    live.classList.remove("ended");
    if (version !== document.querySelector("main").dataset.version) await renew();
  } catch {
    live.textContent = live.dataset.ended;
    live.classList.add("ended");
  }
  setTimeout(look, EVERY_MS);
}

document.addEventListener("load", (event) => { if (event.target.tagName === "IFRAME") fit(event.target); }, true);
document.querySelectorAll("iframe").forEach((frame) => { if (frame.contentDocument?.readyState === "complete") fit(frame); });
look();
