import { asset } from "./assets.ts";
import { minified, theme } from "./style.ts";

const page = /* css */ `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; font: 1rem/1.5 var(--font); color: var(--text); background: var(--background); overflow-wrap: anywhere; }
header { max-width: 84rem; margin: 0 auto; padding: 1rem 1.5rem; }
header a { display: inline-flex; align-items: center; gap: .75rem; min-height: 2.75rem; color: inherit; font-weight: 600; text-decoration: none; }
.columns { max-width: 84rem; margin: 0 auto; padding: 0 1.5rem 3rem; }
main { min-width: 0; padding: 2.25rem; background: var(--surface); border: 1px solid var(--line); border-radius: calc(var(--radius) + 6px); box-shadow: var(--shadow); }
a { color: var(--primary); text-underline-offset: .2em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--primary); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -200vw; }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; padding: .75rem 1rem; background: var(--surface); }
nav { font-size: .875rem; }
nav p { margin: 0; font-weight: 600; }
nav ul { display: none; margin: 0 0 .75rem; padding: 0; list-style: none; }
nav a { display: block; padding: .25rem .5rem; text-decoration: none; border-radius: 4px; }
nav li a { color: var(--muted); }
nav a:hover { background: var(--tint); color: var(--text); }
@media (min-width: 60rem) {
  .columns { display: grid; grid-template-columns: 17rem minmax(0, 1fr); gap: 2rem; align-items: start; }
  nav { position: sticky; top: 0; max-height: 100vh; overflow-y: auto; padding-block: 1rem; }
  nav ul { display: block; }
}
@media (max-width: 59.99rem) { nav { margin-bottom: 1.5rem; } nav a { padding: .75rem 0; } }
@media (max-width: 30rem) {
  .columns, header { padding-inline: 1rem; }
  main { margin-inline: -1rem; padding: 1.5rem 1rem; border-inline: 0; border-radius: 0; box-shadow: none; }
}`;

const text = /* css */ `
h1 { margin: 0 0 1rem; font-size: 1.875rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; }
h2 { margin: 3.5rem 0 0; font-size: 1.375rem; line-height: 1.3; }
h3 { margin: 0 0 .5rem; font-size: 1.125rem; line-height: 1.4; }
h3 a { color: inherit; text-decoration: none; }
h3 a:hover { text-decoration: underline; }
h4 { margin: 1.25rem 0 .25rem; font-size: .9375rem; }
small { font-size: .8125rem; font-weight: 400; color: var(--muted); }
p { margin: 0 0 .5rem; max-width: 46rem; }
main > ul { padding-inline-start: 1.25rem; max-width: 46rem; }
code { font: .875em/1.5 var(--mono); }
p code, li code { background: var(--tint); padding: .125em .375em; border-radius: 5px; }
pre { margin: 0 0 .75rem; padding: .75rem 1rem; font: .8125rem/1.5 var(--mono); white-space: pre-wrap; border: 1px solid var(--line); border-radius: var(--radius); }
article { padding-block: 1.75rem; border-bottom: 1px solid var(--line); }
article:last-child { border-bottom: 0; padding-bottom: 0; }
.route { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .75rem; padding: .625rem .875rem; max-width: none; background: var(--tint); border-radius: var(--radius); }
.route b { font: 700 .875rem/1.5 var(--mono); color: var(--primary-strong); }
.route code { padding: 0; background: none; font-size: .9375rem; }
.aside { font-size: .875rem; color: var(--muted); }
.aside:empty { display: none; }
.answer b { display: inline-block; min-width: 3.5rem; font: 700 .875rem/1.5 var(--mono); }
.answer { margin: .5rem 0 .25rem; }
dl { margin: 0 0 .75rem; border-inline-start: 2px solid var(--line); padding-inline-start: 1rem; font-size: .9375rem; }
dl > div { padding-block: .3rem; }
dt code { font-weight: 600; }
dt span { font-size: .875rem; color: var(--muted); }
dt em { font-style: normal; font-size: .75rem; padding: .1rem .4rem; margin-inline-start: .375rem; border-radius: 4px; background: var(--tint); color: var(--text); }
dd { margin: 0; }
dd p { margin: 0; font-size: .875rem; }
.rule { color: var(--muted); }
.values { columns: 18rem; padding-inline-start: 1.25rem; font-size: .875rem; }
:target { scroll-margin-top: 1rem; text-decoration: underline; text-decoration-color: var(--primary); }
@media print { nav { display: none; } main { border: 0; box-shadow: none; } }`;

/** The stylesheet of the API reference: the product's theme on a page to read. */
export const apiReferenceStylesheet = asset("api-reference", "css", minified([theme, page, text].join("\n")));
