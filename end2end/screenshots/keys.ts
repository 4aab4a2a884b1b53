// The keys in the pictures: who made each, when, and how it is used.

import type { EndpointName, EnvironmentName, ProfileName } from "./catalogue.ts";
import { CUSTOMERS } from "./customers.ts";
import type { PersonName } from "./people.ts";

export type Key = {
  name: string;
  environment: EnvironmentName;
  /** Who makes it; the sign-up page makes the keys of customers. */
  by: PersonName | "sign-up" | "command line";
  /** How many days ago. */
  days: number;
  /** The endpoints that it may call; all of them if left out. */
  endpoints?: readonly EndpointName[];
  profile?: ProfileName;
  /** The external ID of its customer. */
  customer?: string;
  perSecond?: number;
  perMinute?: number;
  perDayLimit?: number;
  addresses?: readonly string[];
  /** After how many days it expires. */
  lifetime?: number;
  description?: string;
  tags?: string;
  location?: string;
  metadata?: Record<string, unknown>;
  use?: Use;
};

export type Use = {
  /** Requests on a weekday, at the time of the pictures. */
  perDay: number;
  /** How often it calls which endpoint. */
  calls: Partial<Record<EndpointName, number>>;
  from: readonly string[];
  /** The part of the requests that come from an address which is not allowed. */
  astray?: number;
  /** Since how many days it has not been used. */
  idle?: number;
};

const use = (perDay: number, calls: Use["calls"], from: string, more: Partial<Use> = {}): Use => ({ perDay, calls, from: [from], ...more });

const PRODUCTION: readonly Omit<Key, "environment">[] = [
  { name: "Shop backend", by: "mara", days: 106, endpoints: ["chat", "image"], profile: "strict", perSecond: 200, perDayLimit: 50_000, addresses: ["203.0.113.0/24"], lifetime: 192, description: "Answers and pictures in the shop", tags: "shop, pci", location: "Kubernetes secret shop/latchkey", metadata: { team: "shop", tier: 1 }, use: use(310, { chat: 12, image: 4, embeddings: 0.2 }, "203.0.113.9", { astray: 0.012 }) },
  { name: "Checkout assistant", by: "jonas", days: 84, endpoints: ["chat"], profile: "publicChat", description: "Helps with sizes and delivery", tags: "shop, chat", location: "Kubernetes secret shop/checkout", use: use(190, { chat: 1 }, "203.0.113.10") },
  { name: "Mobile app, iOS", by: "priya", days: 78, endpoints: ["chat", "image"], profile: "publicChat", tags: "mobile", location: "Vault mobile/ios", use: use(160, { chat: 6, image: 2, transcribe: 0.3 }, "203.0.113.41") },
  { name: "Mobile app, Android", by: "priya", days: 78, endpoints: ["chat", "image"], profile: "publicChat", tags: "mobile", location: "Vault mobile/android", use: use(140, { chat: 6, image: 2 }, "203.0.113.42") },
  { name: "Support inbox", by: "lin", days: 71, endpoints: ["chat", "check-bias"], profile: "strict", lifetime: 80, description: "Drafts answers, a person sends them", tags: "support", location: "AWS Secrets Manager support/inbox", use: use(85, { "chat": 3, "check-bias": 2 }, "203.0.113.77") },
  { name: "Search suggestions", by: "jonas", days: 64, endpoints: ["embeddings"], tags: "search", location: "Kubernetes secret search/latchkey", use: use(120, { embeddings: 1 }, "203.0.113.22") },
  { name: "Product photos", by: "lin", days: 62, endpoints: ["image"], tags: "shop", use: use(44, { image: 1 }, "203.0.113.9") },
  { name: "Hiring assistant", by: "ada", days: 55, endpoints: ["chat", "check-bias"], profile: "hiring", tags: "people", location: "1Password People", description: "Checks job advertisements", use: use(18, { "chat": 1, "check-bias": 3 }, "203.0.113.90") },
  { name: "Nightly evaluation", by: "lin", days: 52, endpoints: ["chat", "embeddings"], perMinute: 60, tags: "quality", location: "GitHub Actions EVAL_KEY", use: use(26, { chat: 3, embeddings: 1 }, "203.0.113.130") },
  { name: "Review moderation", by: "jonas", days: 47, endpoints: ["check-bias", "moderate"], profile: "publicChat", tags: "shop, trust", use: use(96, { "moderate": 4, "check-bias": 1 }, "203.0.113.11") },
  { name: "Newsletter writer", by: "sofia", days: 90, endpoints: ["chat"], tags: "marketing", use: use(30, { chat: 1 }, "192.0.2.61", { idle: 44 }) },
  { name: "Data warehouse export", by: "sofia", days: 99, tags: "data", use: use(40, { embeddings: 1 }, "192.0.2.70", { idle: 38 }) },
  { name: "Legacy importer", by: "mara", days: 117, description: "Until the old catalogue is gone", tags: "legacy", use: use(22, { chat: 1 }, "203.0.113.200") },
  { name: "Price tracker", by: "jonas", days: 93, endpoints: ["chat"], lifetime: 90, use: use(35, { chat: 1 }, "203.0.113.33") },
  { name: "Voice notes", by: "priya", days: 36, endpoints: ["transcribe", "chat"], tags: "mobile", use: use(58, { transcribe: 3, chat: 1 }, "203.0.113.41") },
  { name: "Translations", by: "ada", days: 29, endpoints: ["chat"], lifetime: 38, tags: "content", use: use(47, { chat: 1 }, "203.0.113.14") },
  { name: "Catalogue tagging", by: "jonas", days: 21, endpoints: ["chat", "embeddings", "image"], tags: "shop", use: use(40, { chat: 1, embeddings: 2 }, "203.0.113.9") },
  { name: "Fraud signals", by: "ada", days: 14, endpoints: ["embeddings", "moderate"], addresses: ["203.0.113.64/27"], tags: "trust, pci", use: use(33, { embeddings: 1, moderate: 1 }, "203.0.113.70", { astray: 0.04 }) },
  { name: "Returns desk", by: "lin", days: 7, endpoints: ["chat"], profile: "strict", tags: "support", use: use(20, { chat: 1 }, "203.0.113.77") },
  { name: "Size advisor", by: "jonas", days: 3, endpoints: ["chat", "image"], profile: "publicChat", tags: "shop", use: use(28, { chat: 2, image: 1, embeddings: 0.4 }, "203.0.113.10") },
];

const STAGING: readonly Omit<Key, "environment">[] = [
  { name: "CI pipeline", by: "mara", days: 101, tags: "ci", location: "GitHub Actions LATCHKEY_TOKEN", use: use(36, { "chat": 3, "image": 1, "check-bias": 1 }, "192.0.2.15") },
  { name: "Preview deployments", by: "jonas", days: 82, endpoints: ["chat", "image"], tags: "ci", use: use(17, { chat: 2, image: 1 }, "192.0.2.16") },
  { name: "Staging shop backend", by: "jonas", days: 80, endpoints: ["chat", "image"], profile: "strict", tags: "shop", use: use(24, { chat: 2, image: 1 }, "192.0.2.20") },
  { name: "Contract tests", by: "lin", days: 60, endpoints: ["models", "chat"], use: use(8, { models: 2, chat: 1 }, "192.0.2.15") },
  { name: "Prompt experiments", by: "lin", days: 43, endpoints: ["chat"], profile: "internal", perMinute: 300, use: use(19, { chat: 1 }, "203.0.113.80") },
  { name: "QA laptop", by: "priya", days: 39, endpoints: ["chat", "image", "transcribe"], use: use(6, { chat: 1 }, "203.0.113.112") },
  { name: "Demo booth", by: "ada", days: 26, endpoints: ["chat", "image"], lifetime: 30, use: use(5, { chat: 1 }, "192.0.2.44") },
  { name: "Onboarding workshop", by: "ada", days: 40, endpoints: ["chat"], lifetime: 30, use: use(12, { chat: 1 }, "192.0.2.45", { idle: 8 }) },
  { name: "Load test", by: "jonas", days: 18, endpoints: ["models"], perSecond: 20, use: use(9, { models: 1 }, "192.0.2.15") },
  { name: "Chaos drill", by: "lin", days: 25, endpoints: ["chat"], use: use(7, { chat: 1 }, "192.0.2.15", { idle: 12 }) },
  { name: "Storybook", by: "priya", days: 9, endpoints: ["image"] },
];

const DEFAULT: readonly Omit<Key, "environment">[] = [
  { name: "Internal wiki bot", by: "mara", days: 118, endpoints: ["chat", "embeddings"], profile: "internal", use: use(13, { chat: 1, embeddings: 2 }, "198.51.100.10") },
  { name: "Slack bot", by: "mara", days: 116, endpoints: ["chat"], profile: "internal", use: use(29, { chat: 1 }, "198.51.100.10") },
  { name: "Meeting notes", by: "ada", days: 73, endpoints: ["transcribe", "chat"], use: use(11, { transcribe: 2, chat: 1 }, "198.51.100.11") },
  { name: "Data science notebook", by: "lin", days: 68, endpoints: ["embeddings"], use: use(10, { embeddings: 1, chat: 0.15 }, "203.0.113.80") },
  { name: "Backoffice tools", by: "sofia", days: 94, endpoints: ["chat"], use: use(14, { chat: 1 }, "198.51.100.12") },
  { name: "Cron: invoices", by: "command line", days: 86, endpoints: ["chat"], use: use(4, { chat: 1 }, "198.51.100.13") },
  { name: "Cron: clean-up", by: "command line", days: 86, endpoints: ["moderate"] },
  { name: "Grafana probe", by: "mara", days: 51, endpoints: ["models"], use: use(24, { models: 1 }, "198.51.100.14") },
  { name: "Release notes bot", by: "jonas", days: 31, endpoints: ["chat"], lifetime: 90, use: use(3, { chat: 1 }, "192.0.2.15") },
];

const PARTNERS: readonly Omit<Key, "environment">[] = CUSTOMERS.map((customer, index) => ({
  name: `Partner: ${customer.name}`,
  by: "sign-up",
  days: customer.days,
  endpoints: customer.plan === "free" ? ["chat"] : ["chat", "embeddings"],
  profile: "publicChat",
  customer: customer.externalId,
  metadata: { plan: customer.plan },
  ...(customer.perDay > 0 && { use: use(customer.perDay, { chat: 5, embeddings: customer.plan === "free" ? 0.25 : 1 }, `192.0.2.${100 + index}`) }),
}));

const SECOND_KEYS: readonly Omit<Key, "environment">[] = (["northwind", "lumen", "acme-7", "halcyon"] as const).map((externalId, index) => ({
  name: `${["North region sync", "Lumen patient letters", "Acme shop floor", "Halcyon mobile app"][index]}`,
  by: "sign-up",
  days: 60 - 13 * index,
  endpoints: ["chat"],
  customer: externalId,
  use: use(34 - 6 * index, { chat: 1 }, `192.0.2.${140 + index}`),
}));

const within = (environment: EnvironmentName) => (key: Omit<Key, "environment">): Key => ({ ...key, environment });

export const KEYS: readonly Key[] = [
  ...PRODUCTION.map(within("production")),
  ...PARTNERS.map(within("production")),
  ...SECOND_KEYS.map(within("production")),
  ...STAGING.map(within("staging")),
  ...DEFAULT.map(within("default")),
];
