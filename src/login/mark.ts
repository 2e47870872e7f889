import { asset } from "./assets.ts";

/**
 * The product mark, which is also the favicon: Munot, Schaffhausen's round fortress, seen from above. The thick ring
 * with its embrasures, the keep on its edge, and in the courtyard a keyhole.
 */
export const mark = asset(
  "munot",
  "svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" rx="15" fill="#14506a"/>
<circle cx="30" cy="35" r="17.5" fill="none" stroke="#fff" stroke-width="7"/>
<circle cx="30" cy="35" r="22.5" fill="none" stroke="#14506a" stroke-width="5" stroke-dasharray="3.6 8.181" stroke-dashoffset="1.8"/>
<circle cx="45" cy="19" r="11.5" fill="#14506a"/>
<circle cx="45" cy="19" r="8" fill="#f2c14e"/>
<path fill="#fff" d="M30 27.5a4.6 4.6 0 0 1 2.2 8.6l1.3 6.4h-7l1.3-6.4a4.6 4.6 0 0 1 2.2-8.6z"/>
</svg>`,
);
