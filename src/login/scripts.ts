import { asset } from "./assets.ts";

/**
 * Goes on when every frame has loaded, or after five seconds: a client that is slow or gone keeps nobody. It listens
 * before the frames are there, as it stands in the head.
 */
export const goOnAfterFrames = asset(
  "go-on-after-frames",
  "js",
  `"use strict";
let loaded = 0;
let isOver = false;
const goOn = () => {
  const link = document.querySelector("a[data-go-on]");
  if (isOver || link === null) return;
  isOver = true;
  location.replace(link.href);
};
const look = () => {
  if (document.readyState !== "loading" && loaded >= document.querySelectorAll("iframe").length) goOn();
};
document.addEventListener("load", (event) => {
  if (event.target instanceof HTMLIFrameElement) loaded += 1;
  look();
}, true);
document.addEventListener("DOMContentLoaded", look);
setTimeout(goOn, 5000);
`,
);

/** Sends the page's one form as soon as it is there; shown again from the browser's history, the page waits for the button. */
export const submitForm = asset(
  "submit-form",
  "js",
  `"use strict";
addEventListener("pageshow", (event) => {
  const [visit] = performance.getEntriesByType("navigation");
  if (event.persisted || (visit !== undefined && visit.type === "back_forward")) return;
  document.querySelector("form[data-submit]")?.submit();
});
`,
);
