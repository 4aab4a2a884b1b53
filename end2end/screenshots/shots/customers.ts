// Customers.

import { type Page, expect } from "@playwright/test";
import { dialog, press, question, rowOf } from "../../tests/journeys.ts";
import { EVERYWHERE, type Shot } from "../shot.ts";

const LINES = `external_id,name,metadata,limit_minute,status
northwind,Northwind Traders Inc.,"{""plan"": ""enterprise""}",,active
tandem,Tandem Bikes,"{""plan"": ""pro""}",6000,active
xenia,Xenia Hotels,"{""plan"": ""free""}",1200,active
yarrow,,,1200,active
`;

async function checkLines(page: Page): Promise<void> {
  await page.getByRole("textbox", { name: "Or its lines", exact: true }).fill(LINES);
  await press(page, "Check");
  await expect(page.getByRole("table", { name: "Lines", exact: true })).toBeVisible();
}

export const CUSTOMERS: readonly Shot[] = [
  {
    name: "customers-first",
    about: "Customers of a new console",
    data: "owner",
    scene: async ({ open, page }) => {
      await open("/customers");
      await expect(page.getByRole("heading", { name: "Create your first customer", exact: true })).toBeVisible();
    },
  },
  {
    name: "customers",
    about: "Whose keys they are",
    views: EVERYWHERE,
    scene: async ({ open, page }) => {
      await open("/customers");
      await expect(rowOf(page, "Customers", "Northwind Traders")).toBeVisible();
    },
  },
  {
    name: "customer",
    about: "Everything about one customer",
    views: EVERYWHERE,
    scene: async ({ open, page, customer }) => {
      await open(await customer("northwind"));
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("Northwind Traders");
    },
  },
  {
    name: "customer-suspended",
    about: "A suspended customer",
    scene: async ({ open, page, customer }) => {
      await open(await customer("umbra"));
      await expect(page.getByText(/^Suspended: all its keys are refused/)).toBeVisible();
    },
  },
  {
    name: "customer-create",
    about: "A customer is created",
    scene: async ({ open, page }) => {
      await open("/customers/new");
      const form = dialog(page, "Create Customer");
      await form.getByRole("textbox", { name: "External ID", exact: true }).fill("xenia");
      await form.getByRole("textbox", { name: "Name", exact: true }).fill("Xenia Hotels");
      await form.getByRole("textbox", { name: "Metadata", exact: true }).fill('{"plan": "free"}');
    },
  },
  {
    name: "customer-suspend",
    about: "The question before a customer is suspended",
    scene: async ({ open, page, customer }) => {
      await open(`${await customer("northwind")}/suspend?from=customer`);
      await expect(question(page, "Suspend Customer")).toBeVisible();
    },
  },
  {
    name: "customer-delete-refused",
    about: "A customer with keys is not deleted",
    scene: async ({ open, page, customer }) => {
      await open(`${await customer("northwind")}/delete?from=customer`);
      await expect(question(page, "Delete Customer")).toBeVisible();
    },
  },
  {
    name: "customers-import",
    about: "Customers are imported from a file",
    scene: (stage) => stage.open("/customers/import"),
  },
  {
    name: "customers-import-check",
    about: "What an import would do, line by line, before anything is done",
    scene: async ({ open, page }) => {
      await open("/customers/import");
      await checkLines(page);
    },
  },
];
