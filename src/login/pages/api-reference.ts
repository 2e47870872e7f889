import { apiReferenceStylesheet } from "../api-reference-style.ts";
import { type Html, html, safeUrl } from "../html.ts";
import { documentHead } from "../layout.ts";
import { mark } from "../mark.ts";

type TypeText = { readonly before: string; readonly name: string; readonly href: string | null };

type Field = {
  readonly name: string;
  readonly where?: string;
  readonly type: TypeText;
  readonly isRequired: boolean;
  readonly isDeprecated: boolean;
  readonly rules: readonly string[];
  readonly description: string;
};

type Shape = { readonly fields: readonly Field[]; readonly choices: readonly string[] };

type Answer = { readonly status: string; readonly description: string; readonly shape: Shape | null };

type Body = Shape & { readonly contentType: string; readonly isRequired: boolean; readonly example: string | null };

type Operation = {
  readonly id: string;
  readonly verb: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly isDeprecated: boolean;
  readonly isOpen: boolean;
  readonly rpc: string | null;
  readonly specification: string | null;
  readonly parameters: readonly Field[];
  readonly body: Body | null;
  readonly answers: readonly Answer[];
};

type Group = { readonly id: string; readonly name: string; readonly operations: readonly Operation[] };

type Type = Shape & {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly values: readonly string[];
};

export type ApiReferencePage = {
  readonly documentHref: string;
  readonly homeHref: string;
  readonly reference: { readonly origin: string; readonly groups: readonly Group[]; readonly types: readonly Type[] };
};

const title = "API reference";

/**
 * Every route of the API on one page, without script: the browser's own search finds what is on it. In English only, as
 * the contract is.
 */
export const renderApiReferencePage = (model: ApiReferencePage): Html => {
  const { groups, types } = model.reference;
  return html`<!doctype html>
    <html lang="en" dir="ltr">
    ${documentHead(`${title} – Munot`, [apiReferenceStylesheet.path])}
    <body>
    <a class="skip" href="#content">Skip to the content</a>
    <header><a href="${safeUrl(model.homeHref)}"><img src="${safeUrl(mark.path)}" width="36" height="36" alt="">Munot</a></header>
    <div class="columns">
    <nav aria-label="Contents">${groups.map(contentsOf)}
    <p><a href="#types">Types</a></p></nav>
    <main id="content">
    <h1>${title}</h1>
    ${introduction(model)}
    ${groups.map(groupSection)}
    <section class="group" aria-labelledby="types"><h2 id="types">Types</h2>${types.map(typeSection)}</section>
    </main>
    </div>
    </body>
    </html>`;
};

const introduction = ({ documentHref, reference }: ApiReferencePage): Html => html`
  <p>The API answers at <code>${reference.origin}</code>. It keeps ZITADEL's contract: everything here can be called over
  REST, as described, and over gRPC, gRPC-web and Connect at the path that each call names.</p>
  <ul>
  <li>Send an access token or a personal access token as <code>Authorization: Bearer …</code>.</li>
  <li>Answers leave out what is unset. Unknown fields of a request are ignored. 64-bit numbers are text.</li>
  <li>Errors are a <a href="#type-google.rpc.Status">status</a>; its message ends in an id that stays the same.</li>
  <li>For programs, the same as an <a href="${safeUrl(documentHref)}">OpenAPI 3.1 document</a>.</li>
  </ul>`;

const contentsOf = ({ id, name, operations }: Group): Html => html`
  <p><a href="${safeUrl(`#${id}`)}">${shortService(name)}</a></p>
  <ul>${operations.map((one) => html`<li><a href="${safeUrl(`#${one.id}`)}">${one.summary}</a></li>`)}</ul>`;

const shortService = (name: string): string => name.replace(/^zitadel\./, "");

const groupSection = ({ id, name, operations }: Group): Html => html`
  <section class="group" aria-labelledby="${id}">
  <h2 id="${id}">${shortService(name)}</h2>
  ${operations.map(operationSection)}
  </section>`;

const operationSection = (operation: Operation): Html => {
  const { id, verb, path, summary, description, rpc, specification, parameters, body } = operation;
  return html`
    <article aria-labelledby="${id}">
    <h3 id="${id}"><a href="${safeUrl(`#${id}`)}">${summary}</a>${operation.isDeprecated && html` <small>deprecated</small>`}</h3>
    <p class="route"><b>${verb}</b> <code>${path}</code></p>
    ${description !== "" && html`<p>${withCode(description)}</p>`}
    <p class="aside">${rpc !== null && html`gRPC and Connect: <code>${rpc}</code>. `}
    ${specification !== null && html`<a href="${safeUrl(specification)}">Specification</a>. `}
    ${operation.isOpen && "No token needed."}</p>
    ${parameters.length > 0 && html`<h4>Parameters</h4>${fieldList(parameters)}`}
    ${body && bodyPart(body)}
    <h4>Answers</h4>
    ${operation.answers.map(answerPart)}
    </article>`;
};

const bodyPart = (body: Body): Html => html`
  <h4>Body <small>${body.contentType}${!body.isRequired && ", may be left out"}</small></h4>
  ${shapePart(body)}
  ${body.example !== null && html`<p class="aside">For example:</p><pre>${body.example}</pre>`}`;

const answerPart = ({ status, description, shape }: Answer): Html => html`
  <p class="answer"><b>${status === "default" ? "Others" : status}</b> ${description}</p>
  ${shape && shape.fields.length > 0 && shapePart(shape)}`;

const shapePart = ({ fields, choices }: Shape): Html => html`
  ${fields.length === 0 ? html`<p class="aside">No fields.</p>` : fieldList(fields)}
  ${choices.map((choice) => html`<p class="aside">${choice}.</p>`)}`;

const fieldList = (fields: readonly Field[]): Html => html`<dl>${fields.map(fieldRow)}</dl>`;

const fieldRow = (field: Field): Html => {
  const rules = field.rules.join("; ");
  const marks = [field.where, field.isRequired && "required", field.isDeprecated && "deprecated"].filter(Boolean);
  const text = field.description !== "" && html`<p>${withCode(field.description)}</p>`;
  return html`
    <div><dt><code>${field.name}</code> <span>${typeText(field.type)}</span>${marks.map((one) => html`<em>${one}</em>`)}</dt>
    <dd>${text}${rules !== "" && html`<p class="rule">${rules}</p>`}</dd></div>`;
};

const typeText = ({ before, name, href }: TypeText): Html =>
  href === null ? html`${before}${name}` : html`${before}<a href="${safeUrl(href)}">${name}</a>`;

const typeSection = (type: Type): Html => html`
  <article aria-labelledby="${type.id}">
  <h3 id="${type.id}"><a href="${safeUrl(`#${type.id}`)}">${type.name}</a></h3>
  ${type.description !== "" && html`<p>${withCode(type.description)}</p>`}
  ${type.values.length > 0 ? html`<ul class="values">${type.values.map((value) => html`<li><code>${value}</code></li>`)}</ul>` : shapePart(type)}
  </article>`;

/** Text between backticks is code. */
const withCode = (text: string): readonly Html[] =>
  text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
