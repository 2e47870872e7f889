import type { PathTemplate } from "./template.ts";

type Node<Target> = {
  readonly literals: Map<string, Node<Target>>;
  any: Node<Target> | null;
  /** by method and verb */
  readonly ends: Map<string, Target>;
  readonly rest: Map<string, Target>;
};

export type Match<Target> =
  | { readonly is: "found"; readonly target: Target; readonly parts: readonly string[] }
  /** the path exists, but not with this method */
  | { readonly is: "other_method"; readonly allowed: readonly string[] }
  | { readonly is: "nothing" };

export type RouteTable<Target> = {
  /** The first to claim a method and path keeps it; returns whether the route is new. */
  readonly add: (method: string, template: PathTemplate, target: Target) => boolean;
  /** `path` is raw (still percent-encoded) and without query. Throws `URIError` on malformed percent-encoding. */
  readonly find: (method: string, path: string) => Match<Target>;
};

const emptyNode = <Target>(): Node<Target> => ({ literals: new Map(), any: null, ends: new Map(), rest: new Map() });

/** Routes of path templates in a tree of segments: a literal wins over a variable, a variable over the rest. */
export const createRouteTable = <Target>(): RouteTable<Target> => {
  const root = emptyNode<Target>();
  const verbs = new Set<string>();

  const add: RouteTable<Target>["add"] = (method, template, target) => {
    let node = root;
    let ends = node.ends;
    for (const segment of template.segments) {
      if (segment.is === "rest") {
        ends = node.rest;
        break;
      }
      node = segment.is === "literal" ? literalChild(node, segment.text) : anyChild(node);
      ends = node.ends;
    }
    if (template.verb !== "") verbs.add(template.verb);
    const key = `${method}:${template.verb}`;
    if (ends.has(key)) return false;
    ends.set(key, target);
    return true;
  };

  const find: RouteTable<Target>["find"] = (method, path) => {
    const whole = lookUp(root, method, "", path);
    if (whole.is === "found") return whole;
    const colon = path.lastIndexOf(":");
    const verb = path.slice(colon + 1);
    return colon > path.lastIndexOf("/") && verbs.has(verb) ? lookUp(root, method, verb, path.slice(0, colon)) : whole;
  };

  return { add, find };
};

const lookUp = <Target>(root: Node<Target>, method: string, verb: string, path: string): Match<Target> => {
  const parts = path.split("/").slice(1).map(decodeURIComponent);
  const allowed = new Set<string>();
  const target = walk(root, parts, 0, `${method}:${verb}`, verb, allowed);
  if (target !== undefined) return { is: "found", target, parts };
  return allowed.size > 0 ? { is: "other_method", allowed: [...allowed].sort() } : { is: "nothing" };
};

const walk = <Target>(
  node: Node<Target>,
  parts: readonly string[],
  index: number,
  key: string,
  verb: string,
  allowed: Set<string>,
): Target | undefined => {
  const part = parts[index];
  if (part === undefined) return pick(node.ends, key, verb, allowed);
  const literal = node.literals.get(part);
  const byLiteral = literal && walk(literal, parts, index + 1, key, verb, allowed);
  if (byLiteral !== undefined) return byLiteral;
  // An empty segment is never the value of a variable: `/users//email` names no user.
  if (part === "") return undefined;
  const byVariable = node.any && walk(node.any, parts, index + 1, key, verb, allowed);
  return byVariable ?? pick(node.rest, key, verb, allowed);
};

const pick = <Target>(ends: ReadonlyMap<string, Target>, key: string, verb: string, allowed: Set<string>) => {
  const target = ends.get(key);
  if (target !== undefined) return target;
  for (const other of ends.keys()) if (other.endsWith(`:${verb}`)) allowed.add(other.slice(0, other.indexOf(":")));
  return undefined;
};

const literalChild = <Target>(node: Node<Target>, text: string): Node<Target> => {
  const child = node.literals.get(text) ?? emptyNode<Target>();
  node.literals.set(text, child);
  return child;
};

const anyChild = <Target>(node: Node<Target>): Node<Target> => {
  node.any ??= emptyNode<Target>();
  return node.any;
};
