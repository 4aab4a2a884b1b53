// What the bench uses of Lighthouse. Its packages are installed only where the bench runs, so that building and testing stay quick.

declare module "lighthouse" {
  export type Config = object;

  export type Result = {
    audits: Record<string, { score: number | null; numericValue?: number }>;
    categories: Record<string, { score: number | null; auditRefs: { id: string; weight: number }[] }>;
    environment: { benchmarkIndex: number };
    finalDisplayedUrl: string;
    runtimeError?: { message: string };
  };

  export default function lighthouse(
    url: string,
    flags: { port: number; logLevel: "error"; onlyCategories: string[] },
    config: Config | undefined,
  ): Promise<{ lhr: Result } | undefined>;
}

declare module "lighthouse/core/config/desktop-config.js" {
  import type { Config } from "lighthouse";

  const config: Config;
  export default config;
}
