import { expect, test } from "vitest";
import { isWithin } from "./client-registration.events.ts";

test.each([
  ["https://", "https://api.example/mcp", true],
  ["https://", "http://api.example/mcp", false],
  ["https://api.example", "https://api.example/mcp", true],
  ["https://api.example", "https://api.example.evil.example/mcp", false],
  ["https://api.example", "https://api.example:8443/mcp", false],
  ["https://api.example", "https://ada@api.example/mcp", false],
  ["https://api.example/team", "https://api.example/team", true],
  ["https://api.example/team", "https://api.example/team/x", true],
  ["https://api.example/team", "https://api.example/teams", false],
  ["https://api.example/team/", "https://api.example/team/x", true],
  ["https://api.example/team", "https://api.example/team/../other", false],
  ["http://localhost", "http://localhost:4000/mcp", true],
])("resources that begin with %s: %s is one: %s", (beginning, resource, expected) => {
  expect(isWithin([beginning], resource)).toBe(expected);
});
