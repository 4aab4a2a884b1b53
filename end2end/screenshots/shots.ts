// The table of all shots. To add one, add an entry to one of the groups.

import { AUDIT } from "./shots/audit.ts";
import { CUSTOMERS } from "./shots/customers.ts";
import { ENTRY } from "./shots/entry.ts";
import { HOME } from "./shots/home.ts";
import { KEY } from "./shots/key.ts";
import { DIALOGS } from "./shots/key-dialogs.ts";
import { KEYS } from "./shots/keys.ts";
import { PROFILES } from "./shots/profiles.ts";
import { REFERENCE } from "./shots/reference.ts";
import { ACCESS_SETTINGS } from "./shots/settings-access.ts";
import { PEOPLE_SETTINGS } from "./shots/settings-people.ts";
import { TROUBLE } from "./shots/trouble.ts";
import { USAGE } from "./shots/usage.ts";
import type { Shot } from "./shot.ts";

export { type Shot, viewsOf } from "./shot.ts";

export const GROUPS: Record<string, readonly Shot[]> = {
  "The first start and the login": ENTRY,
  "Home and the command palette": HOME,
  "The list of keys": KEYS,
  "The dialogs of a key": DIALOGS,
  "The screen of a key": KEY,
  "Customers": CUSTOMERS,
  "Bias profiles": PROFILES,
  "Usage": USAGE,
  "The audit log": AUDIT,
  "Settings: environments, endpoints, service accounts, nodes": ACCESS_SETTINGS,
  "Settings: users and security": PEOPLE_SETTINGS,
  "The API Reference": REFERENCE,
  "When something is wrong": TROUBLE,
};

export const SHOTS: readonly Shot[] = Object.values(GROUPS).flat();
