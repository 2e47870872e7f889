import { spawnSync } from "node:child_process";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, freshPostgres, pgTool, startCluster } from "../harness/postgres.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

const rows = async (url: string, text: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
};

test("the server that the crash tests run on writes through to the disk", async () => {
  for (const setting of ["fsync", "synchronous_commit", "full_page_writes"]) {
    expect(await rows(cluster.url, `show ${setting}`), setting).toEqual(["on"]);
  }
});

test('a column without COLLATE "C" sorts another way than the code does', async () => {
  const sorted = await rows(cluster.url, "select x from (values ('a'), ('B'), ('c')) as v(x) order by x");
  expect(sorted).toEqual(["a", "B", "c"]);
});

test("each fresh database is a copy of its template, its own, and gone when dropped", async () => {
  const template = await freshPostgres({ server: cluster.url });
  await rows(template.url, "create table t (a int)");
  const from = { server: cluster.url, template: new URL(template.url).pathname.slice(1) };
  const [one, other] = [await freshPostgres(from), await freshPostgres(from)];
  await rows(one.url, "insert into t values (1)");
  expect(await rows(one.url, "select a from t")).toEqual([1]);
  expect(await rows(other.url, "select a from t")).toEqual([]);
  await one.drop();
  await expect(rows(one.url, "select 1")).rejects.toThrow(/does not exist/);
});

test("a dump of one cluster can be restored into a second one", async () => {
  const second = await startCluster();
  try {
    const source = await freshPostgres({ server: cluster.url });
    await rows(source.url, "create table t as select 42 as a");
    const target = await freshPostgres({ server: second.url });
    const dump = spawnSync(pgTool("pg_dump"), [source.url], { encoding: "utf8" });
    const restore = spawnSync(pgTool("psql"), ["-v", "ON_ERROR_STOP=1", "-q", target.url], { input: dump.stdout });
    expect(restore.status).toBe(0);
    expect(await rows(target.url, "select a from t")).toEqual([42]);
  } finally {
    await second.stop();
  }
});
