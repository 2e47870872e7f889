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
