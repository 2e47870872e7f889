/** Of IPv6 the /64 that one customer has: its addresses are without number (RFC 6177 §2). */
export const networkOf = (address: string): string => {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = [], tail = []] = address.split("::").map((half) => half.split(":").filter((part) => part !== ""));
  const between = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => "0");
  return [...head, ...between, ...tail].slice(0, 4).join(":");
};
