import type { Migration } from "../src/platform/db/migration.ts";

/** What users are searched by, folded. */
const columns = [
  "user_name_folded",
  "given_name_folded",
  "family_name_folded",
  "nick_name_folded",
  "display_name_folded",
  "email_folded",
];
const of = (row: "new" | "old") => columns.map((column) => `${row}.${column}`).join(", ");
const place = (row: "new" | "old") => `instance_id = ${row}.instance_id and user_id = ${row}.user_id`;

const addTexts = `insert into user_texts (rowid, ${columns.join(", ")})
  select text_id, ${of("new")} from user_text_ids where ${place("new")};`;
// FTS5 §6.3: a table without content is told what it held.
const dropTexts = `insert into user_texts (user_texts, rowid, ${columns.join(", ")})
  select 'delete', text_id, ${of("old")} from user_text_ids where ${place("old")};`;

/**
 * Finds users by any part of their names, from three characters on. Triggers keep the index in the transaction that
 * writes the row, older programs' writes included. `secure-delete` takes the parts of an erased name out of the index at
 * once. The ids have a table of their own because `vacuum` may number the rows of `users` anew.
 */
const onSqlite = [
  `create table user_text_ids (
    text_id integer primary key,
    instance_id text not null,
    user_id text not null,
    unique (instance_id, user_id)
  )`,
  `create virtual table user_texts using fts5(
    ${columns.join(", ")}, content = '', tokenize = 'trigram case_sensitive 1'
  )`,
  "insert into user_texts (user_texts, rank) values ('secure-delete', 1)",
  "insert into user_text_ids (instance_id, user_id) select instance_id, user_id from users",
  `insert into user_texts (rowid, ${columns.join(", ")})
    select i.text_id, ${columns.map((column) => `u.${column}`).join(", ")}
    from users u join user_text_ids i on i.instance_id = u.instance_id and i.user_id = u.user_id`,
  `create trigger users_texts_added after insert on users begin
    insert into user_text_ids (instance_id, user_id) values (new.instance_id, new.user_id);
    ${addTexts}
  end`,
  `create trigger users_texts_changed after update of ${columns.join(", ")} on users begin
    ${dropTexts}
    ${addTexts}
  end`,
  `create trigger users_texts_removed after delete on users begin
    ${dropTexts}
    delete from user_text_ids where ${place("old")};
  end`,
];

/**
 * The same by pg_trgm, where the server has that extension and lets us add it; elsewhere such searches read every row. It is
 * asked for in a schema that stays, because scratch schemas are dropped with all that is in them.
 */
const onPostgres = [
  `do $$
  declare
    place name;
  begin
    create extension if not exists pg_trgm with schema public;
    select n.nspname into strict place from pg_extension e join pg_namespace n on n.oid = e.extnamespace
      where e.extname = 'pg_trgm';
    execute format('create index users_texts on users using gin (${columns.map((column) => `${column} %1$I.gin_trgm_ops`).join(", ")})', place);
  exception when others then
    raise notice 'searches for a part of a name read every row: %', sqlerrm;
  end $$`,
];

export const userTexts: Migration = {
  name: "0022-user-texts",
  up: (t) => (t.dialect === "sqlite" ? onSqlite : onPostgres),
};
