// The environments, endpoints and bias profiles in the pictures.

export type Request = { method: string; path: string };

/** A request to each endpoint. The last one belongs to no endpoint that keys may call any more. */
export const REQUESTS = {
  "chat": { method: "POST", path: "/api/v1/chat/completions" },
  "image": { method: "POST", path: "/api/v1/img/generate" },
  "check-bias": { method: "POST", path: "/api/bias/check-bias" },
  "embeddings": { method: "POST", path: "/api/v1/embeddings" },
  "transcribe": { method: "POST", path: "/api/v1/audio/transcriptions" },
  "moderate": { method: "POST", path: "/api/v1/moderations" },
  "models": { method: "GET", path: "/api/v1/models/lk-large" },
  "completions": { method: "POST", path: "/api/v1/completions" },
} as const satisfies Record<string, Request>;

export type EndpointName = keyof typeof REQUESTS;

/** The endpoints that are added to those of every new console. */
export const ADDED_ENDPOINTS = [
  { name: "completions", title: "Completions", patterns: "POST /api/v1/completions" },
  { name: "embeddings", title: "Embeddings", patterns: "POST /api/v1/embeddings" },
  { name: "transcribe", title: "Transcribe", patterns: "POST /api/v1/audio/transcriptions" },
  { name: "moderate", title: "Moderate", patterns: "POST /api/v1/moderations" },
  { name: "models", title: "Models", patterns: "GET /api/v1/models\nGET /api/v1/models/{model}" },
];

export const ADDED_ENVIRONMENTS = [
  { name: "production", kind: "live" },
  { name: "staging", kind: "test" },
];

export type EnvironmentName = "default" | "production" | "staging";

const CATEGORIES = [
  "age", "disability", "gender", "nationality", "political_affiliation", "race_and_ethnicity", "religion", "sexual_orientation", "socioeconomic_status",
] as const;

type Category = (typeof CATEGORIES)[number];
type Action = "allow" | "flag" | "block";

export type Profile = {
  name: string;
  description: string;
  off?: readonly Category[];
  /** The threshold and action of all categories but those in `special`. */
  usual: readonly [number, Action];
  special?: Partial<Record<Category, readonly [number, Action]>>;
};

export const PROFILES = {
  strict: { name: "Strict", description: "For everything that customers see without review", usual: [31, "block"] },
  publicChat: {
    name: "Public chat",
    description: "Flags early, blocks what is high",
    usual: [31, "flag"],
    special: { gender: [71, "block"], race_and_ethnicity: [71, "block"], religion: [71, "block"] },
  },
  hiring: { name: "Hiring", description: "Applications and job advertisements", usual: [31, "flag"] },
  internal: { name: "Internal drafts", description: "Flags only, a person reads everything", off: ["political_affiliation", "socioeconomic_status"], usual: [71, "flag"] },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

/** The second and the third version of a profile. */
export const HIRING_VERSIONS: readonly Profile[] = [
  { ...PROFILES.hiring, special: { age: [31, "block"], gender: [31, "block"] } },
  { ...PROFILES.hiring, description: "Applications and job advertisements, agreed with the works council", special: { age: [20, "block"], disability: [20, "block"], gender: [20, "block"], nationality: [31, "block"] } },
];

/** The fields of the form of a bias profile. */
export function profileForm(profile: Profile, version = ""): [string, string][] {
  const settings = CATEGORIES.map((category) => profile.special?.[category] ?? profile.usual);
  return [
    ["name", profile.name],
    ["description", profile.description],
    ["version", version],
    ...CATEGORIES.filter((category) => !profile.off?.includes(category)).map((category): [string, string] => ["on", category]),
    ...settings.map(([threshold]): [string, string] => ["threshold", `${threshold}`]),
    ...settings.map(([, action]): [string, string] => ["action", action]),
  ];
}
