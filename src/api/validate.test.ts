import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { CreateTargetRequestSchema } from "@zitadel/proto/zitadel/action/v2beta/action_service_pb.js";
import { AddOrganizationRequestSchema } from "@zitadel/proto/zitadel/org/v2/org_service_pb.js";
import { CreateSessionRequestSchema } from "@zitadel/proto/zitadel/session/v2/session_service_pb.js";
import { SearchQuerySchema } from "@zitadel/proto/zitadel/user/v2/query_pb.js";
import { AddHumanUserRequestSchema, ListUsersRequestSchema } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { describe, expect, test } from "vitest";
import { Refusal } from "../kernel/refusal.ts";
import { catalogue } from "./catalogue.ts";
import { validate } from "./validate.ts";

const problems = <D extends DescMessage>(desc: D, init: MessageInitShape<D>): readonly string[] => {
  try {
    validate(desc, create(desc, init));
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return (error.details.fields ?? []).map(({ path, problem }) => `${path} ${problem}`);
  }
};

const human = { profile: { givenName: "Ada", familyName: "Lovelace" }, email: { email: "ada@example.com" } };

describe("the contract's rules", () => {
  test("a valid message passes", () => {
    expect(problems(AddHumanUserRequestSchema, human)).toEqual([]);
    expect(problems(ListUsersRequestSchema, {})).toEqual([]);
    expect(problems(CreateSessionRequestSchema, {})).toEqual([]);
  });

  test("a required message must be there", () => {
    expect(problems(AddHumanUserRequestSchema, { email: human.email })).toEqual(["profile must be set"]);
  });

  test("nested fields are named by their path", () => {
    expect(
      problems(AddHumanUserRequestSchema, { ...human, profile: { givenName: "", familyName: "x".repeat(201) } }),
    ).toEqual(["profile.givenName must not be empty", "profile.familyName must be at most 200 characters long"]);
  });

  test("lengths count characters, not UTF-16 units", () => {
    const named = (givenName: string) =>
      problems(AddHumanUserRequestSchema, { ...human, profile: { givenName, familyName: "x" } });
    expect(named("😀".repeat(200))).toEqual([]);
    expect(named("😀".repeat(201))).toHaveLength(1);
  });

  test("an e-mail address must be one", () => {
    expect(problems(AddHumanUserRequestSchema, { ...human, email: { email: "nobody" } })).toEqual([
      "email.email is not an e-mail address",
    ]);
  });

  test("an optional field is judged only when it is sent", () => {
    expect(problems(AddHumanUserRequestSchema, { ...human, userId: "" })).toEqual(["userId must not be empty"]);
  });

  test("items of lists are judged and named by their index", () => {
    const metadata = [
      { key: "k", value: new Uint8Array([1]) },
      { key: "", value: new Uint8Array([1]) },
    ];
    expect(problems(AddHumanUserRequestSchema, { ...human, metadata })).toEqual(["metadata[1].key must not be empty"]);
  });

  test("an enum value must be a defined one", () => {
    const method: number = 99;
    expect(problems(SearchQuerySchema, { query: { case: "userNameQuery", value: { userName: "x", method } } })).toEqual(
      ["userNameQuery.method is not a value of this enum"],
    );
  });

  test("a oneof that must be set is asked for", () => {
    expect(problems(SearchQuerySchema, {})).toEqual([expect.stringMatching(/^query must have one of /)]);
  });

  test("a duration must lie in its bounds", () => {
    const target = {
      name: "n",
      endpoint: "https://example.com",
      targetType: { case: "restWebhook", value: {} },
    } as const;
    expect(problems(CreateTargetRequestSchema, { ...target, timeout: { seconds: 5n } })).toEqual([]);
    expect(problems(CreateTargetRequestSchema, { ...target, timeout: { seconds: 3600n } })).toEqual([
      expect.stringMatching(/^timeout must be at most /),
    ]);
  });

  test("filters nested without end are refused, not followed", () => {
    let query: MessageInitShape<typeof SearchQuerySchema> = {
      query: { case: "userNameQuery", value: { userName: "x" } },
    };
    for (let depth = 0; depth < 300; depth += 1) query = { query: { case: "notQuery", value: { query } } };
    expect(problems(ListUsersRequestSchema, { queries: [query] })).toEqual([
      expect.stringMatching(/is nested too deeply$/),
    ]);
  });
});

test("text that cannot be stored is refused everywhere, also where the contract has no rule", () => {
  expect(problems(AddOrganizationRequestSchema, { name: "a\u0000" })).toEqual([
    "name holds characters that cannot be stored",
  ]);
  expect(problems(CreateSessionRequestSchema, { userAgent: { description: "\ud800" } })).toEqual([
    "userAgent.description holds characters that cannot be stored",
  ]);
});

test("the rules of every request of the contract can be compiled and run", async () => {
  for (const one of catalogue) {
    for (const method of (await one.load()).methods) {
      try {
        validate(method.input, create(method.input));
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }
  }
});
