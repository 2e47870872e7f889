import { asset } from "./assets.ts";

/**
 * Everything that branding may change is a custom property on `:root`; a second stylesheet after this one overrides it.
 * Text on `--primary` is `--on-primary`; both themes keep WCAG 2.2 AA contrast with these values.
 */
export const theme = /* css */ `
:root {
  color-scheme: light dark;
  --font: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  --background: #f3f1ec;
  --plan: #e9e5dc;
  --surface: #ffffff;
  --text: #1b2329;
  --muted: #55616a;
  --line: #dcd8cf;
  --field-line: #7d8890;
  --primary: #14506a;
  --primary-strong: #0d3d52;
  --on-primary: #ffffff;
  --tint: #e6eff3;
  --warn: #a3201b;
  --warn-surface: #fdf0ee;
  --good: #1d6b43;
  --radius: 10px;
  --shadow: 0 1px 2px rgb(27 35 41 / 6%), 0 12px 32px rgb(27 35 41 / 9%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #0f1519;
    --plan: #141c21;
    --surface: #192228;
    --text: #e9edef;
    --muted: #a6b2b9;
    --line: #2c383f;
    --field-line: #7c8a93;
    --primary: #8fcbe0;
    --primary-strong: #b2deec;
    --on-primary: #08222d;
    --tint: #21323b;
    --warn: #ffada5;
    --warn-surface: #3a1f1e;
    --good: #8ad6ac;
    --shadow: 0 1px 2px rgb(0 0 0 / 30%), 0 12px 32px rgb(0 0 0 / 35%);
  }
}`;

const frame = /* css */ `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; min-height: 100vh; min-height: 100svh; display: flex; flex-direction: column; align-items: center;
  font: 1rem/1.5 var(--font); color: var(--text); background-color: var(--background);
  overflow-wrap: anywhere;
}
header, main, footer { width: 100%; max-width: 27rem; }
.wide > * { max-width: 34rem; }
main > :last-child { margin-bottom: 0; }
header {
  display: flex; align-items: center; gap: .75rem; padding: clamp(1.5rem, 9vh, 6rem) .25rem 1.25rem;
  font-weight: 600; font-size: 1.0625rem; letter-spacing: -.005em;
}
header img { flex: none; display: block; }
main {
  padding: 2.25rem; background: var(--surface); border: 1px solid var(--line); border-radius: calc(var(--radius) + 6px);
  box-shadow: var(--shadow);
}
footer {
  display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; margin-top: auto; padding: 1rem .25rem 1.25rem;
  font-size: .875rem; color: var(--muted);
}
footer p { margin: 0; padding-block: .75rem; }
.languages { display: flex; flex-wrap: wrap; margin: 0; padding: 0; list-style: none; }
.languages a, .languages span { display: flex; align-items: center; min-height: 2.75rem; padding-inline: .625rem; }
.languages li:first-child > * { padding-inline-start: 0; }
.languages [aria-current] { color: var(--text); font-weight: 600; }
@media (min-width: 60rem) {
  body {
    background-image: radial-gradient(circle at 100% 100%, transparent 0 15rem, var(--plan) 15.1rem 21rem, transparent 21.1rem 24rem,
    var(--plan) 24.1rem 24.4rem, transparent 24.5rem);
    background-attachment: fixed;
  }
}
@media (max-width: 30rem) {
  body { background: var(--surface); align-items: stretch; }
  body > header, body > main, body > footer { max-width: none; padding-inline: 1.25rem; }
  header { padding-block: 1.25rem 1rem; }
  main { padding-block: .75rem 2.5rem; border: 0; border-radius: 0; box-shadow: none; }
  footer { border-top: 1px solid var(--line); padding-block: .5rem; }
}`;

const text = /* css */ `
h1 { margin: 0 0 .5rem; font-size: 1.625rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; text-wrap: balance; }
h2 { margin: 1.75rem 0 .25rem; font-size: 1rem; line-height: 1.4; }
h1, h2, p, label, button, .button { hyphens: auto; }
p { margin: 0 0 1rem; }
.lead { color: var(--muted); }
.lead b { color: var(--text); font-weight: 600; }
a { color: var(--primary); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
code { font: .875em/1.5 var(--mono); background: var(--tint); padding: .125em .375em; border-radius: 5px; hyphens: none; }
.command { display: block; margin: 0 0 1rem; padding: .875rem 1rem; border-radius: var(--radius); white-space: pre-wrap; user-select: all; }
:focus-visible { outline: 3px solid var(--primary); outline-offset: 2px; border-radius: 4px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
dl { margin: 0; font-size: .875rem; }
dt { color: var(--muted); }
dd { margin: 0 0 .75rem; overflow-wrap: anywhere; font-family: var(--mono); }
details { margin-top: 1.5rem; padding-top: .5rem; border-top: 1px solid var(--line); }
summary { display: flex; align-items: center; gap: .5rem; min-height: 2.75rem; cursor: pointer; color: var(--muted); }
summary::-webkit-details-marker { display: none; }
summary svg { transition: transform .15s; }
[dir="rtl"] summary svg { transform: scaleX(-1); }
details[open] summary svg { transform: rotate(90deg); }
svg { flex: none; display: block; }`;

const controls = /* css */ `
form { margin: 1.5rem 0 0; }
.field { margin-bottom: 1.25rem; }
label, .label { display: block; margin-bottom: .375rem; font-weight: 600; font-size: .9375rem; }
.hint { margin: -.25rem 0 .5rem; font-size: .875rem; color: var(--muted); }
input {
  display: block; width: 100%; min-height: 3rem; padding: .5rem .875rem; font: inherit; color: var(--text);
  background: var(--surface); border: 1px solid var(--field-line); border-radius: var(--radius);
}
input:hover { border-color: var(--text); }
input:focus-visible { outline-offset: 0; border-color: var(--primary); border-radius: var(--radius); }
input[aria-invalid] { border: 2px solid var(--warn); }
input[hidden] { display: none; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(9.5rem, 100%), 1fr)); gap: 0 1rem; align-items: start; }
button, .button {
  display: flex; align-items: center; justify-content: center; gap: .5rem; width: 100%; min-height: 3rem; padding: .625rem 1.25rem;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; color: var(--on-primary); background: var(--primary);
  border: 1px solid transparent; border-radius: var(--radius); cursor: pointer; transition: background-color .12s;
}
button:hover, .button:hover { background: var(--primary-strong); }
button:focus-visible, .button:focus-visible { border-radius: var(--radius); }
.quiet { color: var(--primary); background: transparent; border-color: var(--line); }
.quiet:hover { color: var(--primary-strong); background: var(--tint); }
.actions { display: grid; gap: .75rem; margin-top: 1.5rem; }
.actions form { margin: 0; }
.who + p, .who + .allowed { margin-top: 1.25rem; }
.aside { display: inline-flex; align-items: center; min-height: 2.75rem; margin: .75rem 0 -.75rem; }
.links { margin: 1.25rem 0 -.75rem; padding: 0; list-style: none; }
.links a { display: inline-flex; align-items: center; min-height: 2.75rem; }
.alert, .error { color: var(--warn); }
.alert {
  display: flex; gap: .75rem; margin: 1.25rem 0 0; padding: .875rem 1rem; background: var(--warn-surface);
  border: 1px solid currentColor; border-radius: var(--radius);
}
.alert svg { margin-top: .1rem; }
.alert p { margin: 0; }
.alert ul { margin: .25rem 0 0; padding: 0; list-style: none; }
.alert a { display: inline-block; padding-block: .25rem; color: inherit; }
.error { margin: .375rem 0 0; font-size: .875rem; font-weight: 500; }
.rules { margin: 0 0 1.25rem; font-size: .875rem; color: var(--muted); }
.rules p { margin: 0 0 .25rem; }
.rules ul { margin: 0; padding-inline-start: 1.25rem; }
.note { padding: .875rem 1rem; background: var(--tint); border-radius: var(--radius); }
.plain { margin: 0 0 1rem; padding-inline-start: 1.25rem; }
.plain li { margin-bottom: .25rem; overflow-wrap: anywhere; }
.allowed { margin: 0; padding: 0; list-style: none; }
.allowed > li { padding-block: .5rem 1.25rem; border-top: 1px solid var(--line); }
h3 { margin: 1rem 0 .25rem; font-size: 1rem; }
.rules .unmet { color: var(--warn); font-weight: 600; }`;

const accounts = /* css */ `
.account { display: flex; align-items: center; gap: .875rem; min-width: 0; text-align: start; }
.account > span:nth-child(2) { min-width: 0; flex: 1; }
.avatar {
  flex: none; display: grid; place-items: center; width: 2.75rem; height: 2.75rem; border-radius: 50%;
  font-weight: 600; color: var(--primary); background: var(--tint); letter-spacing: .02em; border: 1px solid transparent;
}
.account b { display: block; font-weight: 600; line-height: 1.35; }
.account small { display: block; font-size: .875rem; font-weight: 400; line-height: 1.4; color: var(--muted); }
.account .in { color: var(--good); }
.who { margin-top: 1.25rem; padding: .75rem .875rem; border: 1px solid var(--line); border-radius: var(--radius); }
.accounts { margin: 0 0 1rem; padding: 0; list-style: none; border: 1px solid var(--line); border-radius: var(--radius); overflow: clip; }
.accounts li { display: flex; align-items: stretch; }
.accounts li + li { border-top: 1px solid var(--line); }
.accounts button { width: auto; border-radius: 0; color: var(--text); background: transparent; font-weight: 400; }
.accounts button:hover { background: var(--tint); }
.accounts button:focus-visible { outline-offset: -3px; }
.accounts .account { flex: 1; justify-content: start; padding: .875rem; }
.accounts .remove { flex: none; width: 3rem; padding: 0; color: var(--muted); }`;

const preferences = /* css */ `
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media (forced-colors: active) {
  .avatar { border-color: CanvasText; }
  button { color: ButtonText; background: ButtonFace; border-color: ButtonBorder; }
  .button { color: LinkText; background: Canvas; border-color: LinkText; }
  input[aria-invalid] { outline: 2px solid; }
}
@media print { body { background: none; } }`;

/** Without the spaces that only people need. */
export const minified = (css: string): string =>
  css
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1")
    .replace(/;}/g, "}")
    .trim();

/** The one stylesheet of the sign-in pages. */
export const stylesheet = asset(
  "login",
  "css",
  minified([theme, frame, text, controls, accounts, preferences].join("\n")),
);
