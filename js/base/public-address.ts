/** Which addresses are of the public internet. `src/serve/public_address.rs` has the same lists. */
import { lookup as resolveHost } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Addresses that are not of the public internet: IANA's special-purpose registries. */
const SPECIAL_4 = new BlockList();
/** Of its own: a list with mapped addresses takes every IPv4 address for one of them. */
const SPECIAL_6 = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  SPECIAL_4.addSubnet(net, bits, "ipv4");
}
for (const [net, bits] of [
  // Some of these hold an IPv4 address.
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  SPECIAL_6.addSubnet(net, bits, "ipv6");
}

/** Global unicast: everything else is of no use outside of its network, or holds another address. */
const GLOBAL_6 = new BlockList();
GLOBAL_6.addSubnet("2000::", 3, "ipv6");

/** Whether an address is one of the public internet. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !SPECIAL_4.check(address, "ipv4");
  return family === 6 && GLOBAL_6.check(address, "ipv6") && !SPECIAL_6.check(address, "ipv6");
}

/** Gives only addresses of the public internet; `refuse` makes the error for a host with others. */
export function lookupPublic(refuse: (host: string) => Error): LookupFunction {
  return (host, options, done) => {
    resolveHost(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "", 0);
      const open = addresses.filter(({ address }) => isPublic(address));
      const [first] = open;
      if (!first || open.length < addresses.length) return done(refuse(host), "", 0);
      if (options.all) return done(null, open);
      return done(null, first.address, first.family);
    });
  };
}
