import type { Row } from "./database.ts";

/** A statement, ready to run with other values. */
export type DirectRead = (parameters: readonly unknown[]) => readonly Row[] | Promise<readonly Row[]>;

/**
 * Makes statements ready to run by the shortest way that a database has. `remember`: how many answers may be kept as long
 * as it is known that nobody writes to a table that the statement reads.
 */
export type Direct = (sql: string, remember: number) => DirectRead;

const ways = new WeakMap<object, Direct>();

/** Says by which way the prepared reads of a Kysely go. */
export const readDirectly = (db: object, direct: Direct): void => void ways.set(db, direct);

/** The way of a Kysely, if it has one. */
export const directOf = (db: object): Direct | undefined => ways.get(db);
