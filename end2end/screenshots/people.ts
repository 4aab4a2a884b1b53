// The people of the console in the pictures.

export type Role = "viewer" | "developer" | "admin" | "owner";

export type Who = {
  email: string;
  password: string;
  /** What they type into the invitation. */
  name: string;
  role: Role;
  /** The address from which they use the console, and their browser. */
  address: string;
  browser: string;
};

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
const SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15";

const person = (name: string, role: Role, address: string, browser: string): Who => ({
  email: `${name.toLowerCase().replace(" ", ".")}@example.com`,
  password: "correct horse battery",
  name,
  role,
  address,
  browser,
});

export const PEOPLE = {
  mara: person("Mara Ott", "owner", "198.51.100.24", CHROME),
  ada: person("Ada Iyer", "admin", "198.51.100.31", SAFARI),
  jonas: person("Jonas Weber", "developer", "198.51.100.47", FIREFOX),
  lin: person("Lin Chen", "developer", "203.0.113.80", CHROME),
  priya: person("Priya Raman", "developer", "203.0.113.112", SAFARI),
  sofia: person("Sofia Marques", "developer", "192.0.2.61", FIREFOX),
  tom: person("Tom Okafor", "viewer", "198.51.100.52", CHROME),
} as const satisfies Record<string, Who>;

export type PersonName = keyof typeof PEOPLE;
