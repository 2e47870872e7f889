import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { certificates } from "../../../test/harness/certificates.ts";
import { instant } from "../../kernel/time.ts";
import { clientCertificate } from "../http/client-certificate.ts";
import { parseTrustedProxies } from "../http/proxies.ts";
import {
  type CertificateName,
  isIssuedBy,
  isNamed,
  readCertificate,
  readCertificates,
  thumbprintOf,
} from "./certificate.ts";

const read = (name: keyof typeof certificates) => {
  const certificate = readCertificate(certificates[name]);
  if (certificate === null) throw new Error(name);
  return certificate;
};
const now = instant(Date.parse("2030-01-01T00:00:00Z") * 1_000);
const authorities = readCertificates(certificates.ca);

describe("whom a certificate names (RFC 8705 §2.1.2)", () => {
  const names: readonly [CertificateName["by"], string, boolean][] = [
    ["subject_dn", "CN=payment client,OU=Ops,O=Rhein\\, Inc.,C=CH", true],
    ["subject_dn", "cn=payment client, ou=Ops, o=Rhein\\2C Inc., c=CH", true],
    ["subject_dn", "C=CH,O=Rhein\\, Inc.,OU=Ops,CN=payment client", false],
    ["subject_dn", "CN=payment client", false],
    ["subject_dn", "CN=payment client,OU=Ops,O=Rhein, Inc.,C=CH", false],
    ["subject_dn", "CN=Payment Client,OU=Ops,O=Rhein\\, Inc.,C=CH", false],
    ["subject_dn", "", false],
    ["san_dns", "client.example.com", true],
    ["san_dns", "example.com", false],
    ["san_dns", "payment client", false],
    ["san_uri", "https://client.example.com/a", true],
    ["san_uri", "https://client.example.com/", false],
    ["san_email", "ops@example.com", true],
    ["san_email", "root@example.com", false],
    ["san_ip", "192.0.2.7", true],
    ["san_ip", "192.0.2.8", false],
    ["san_ip", "client.example.com", false],
  ];
  test.each(names)("%s %s: %s", (by, value, isOne) => {
    expect(isNamed(read("client"), { by, value })).toBe(isOne);
  });

  test("a wildcard names nobody", () => {
    expect(isNamed(read("wild"), { by: "san_dns", value: "client.example.com" })).toBe(false);
  });

  test("no text makes it throw", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom("subject_dn", "san_dns", "san_uri", "san_ip", "san_email"),
        (value, by) => {
          expect(isNamed(read("client"), { by, value })).toBe(false);
        },
      ),
    );
  });
});

test("only a trusted authority's word counts, for clients, in its time", () => {
  expect(isIssuedBy(read("client"), authorities, now)).toBe(true);
  expect(isIssuedBy(read("forged"), authorities, now)).toBe(false);
  expect(isIssuedBy(read("self"), authorities, now)).toBe(false);
  expect(isIssuedBy(read("server"), authorities, now)).toBe(false);
  expect(isIssuedBy(read("client"), [], now)).toBe(false);
  expect(isIssuedBy(read("client"), [read("client")], now)).toBe(false);
  expect(isIssuedBy(read("client"), authorities, instant(1))).toBe(false);
});

describe("a certificate from a proxy", () => {
  const trusted = parseTrustedProxies(["10.0.0.0/8"]);
  const source = { from: "header", name: "client-cert" } as const;
  const shown = (value: string, remoteAddress = "10.1.2.3") => {
    const found = clientCertificate({ headers: { "client-cert": value }, socket: { remoteAddress } }, source, trusted);
    return found === null ? null : thumbprintOf(found);
  };
  const der = read("client").raw.toString("base64");
  const print = thumbprintOf(read("client"));

  test("in each of the forms that proxies write", () => {
    expect(shown(`:${der}:`)).toBe(print);
    expect(shown(encodeURIComponent(certificates.client))).toBe(print);
    expect(shown(certificates.client.replaceAll("\n", " "))).toBe(print);
    expect(shown(certificates.client.replaceAll("\n", "\t"))).toBe(print);
    expect(shown(der)).toBe(print);
  });

  test("counts from a trusted proxy only, and only as the setting says", () => {
    expect(shown(`:${der}:`, "192.0.2.1")).toBeNull();
    const request = { headers: { "client-cert": `:${der}:` }, socket: { remoteAddress: "10.1.2.3" } };
    expect(clientCertificate(request, { from: "nowhere" }, trusted)).toBeNull();
    expect(clientCertificate(request, { from: "tls" }, trusted)).toBeNull();
    expect(clientCertificate(request, { from: "header", name: "x-other" }, trusted)).toBeNull();
  });

  test("what is none is none, whatever it is", () => {
    for (const value of ["", ":", "::", "%", "nothing", ":AAAA:", "-----BEGIN CERTIFICATE-----"])
      expect(shown(value)).toBeNull();
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(shown(value)).toBeNull();
      }),
    );
  });
});
