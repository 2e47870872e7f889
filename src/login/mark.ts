import { asset } from "./assets.ts";

/**
 * The product mark, which is also the favicon: Munot, Schaffhausen's round fortress, seen from above. The thick ring
 * of its wall, the keep on its edge, and in the courtyard a keyhole.
 */
export const mark = asset(
  "munot",
  "svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
<rect width="64" height="64" rx="15" fill="#14506a"/>
<circle cx="29.5" cy="35" r="18" fill="none" stroke="#fff" stroke-width="7"/>
<circle cx="44" cy="20.5" r="12.5" fill="#14506a"/>
<circle cx="44" cy="20.5" r="8.5" fill="#f2c14e"/>
<path fill="#fff" d="M29.5 27.5a4.7 4.7 0 0 1 2.2 8.9l1.3 6.1h-7l1.3-6.1a4.7 4.7 0 0 1 2.2-8.9z"/>
</svg>`,
);
