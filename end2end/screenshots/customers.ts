// The customers in the pictures. Each has keys that the sign-up page made for it, see keys.ts.

export type Customer = {
  externalId: string;
  name: string;
  plan: "free" | "pro" | "enterprise";
  /** How many days ago it signed up. */
  days: number;
  /** How many requests it sends on a weekday. */
  perDay: number;
};

const customer = (externalId: string, name: string, plan: Customer["plan"], days: number, perDay: number): Customer => ({
  externalId, name, plan, days, perDay,
});

export const CUSTOMERS: readonly Customer[] = [
  customer("northwind", "Northwind Traders", "enterprise", 111, 130),
  customer("acme-7", "Acme Robotics", "pro", 104, 70),
  customer("blue-harbor", "Blue Harbor Shipping", "pro", 96, 45),
  customer("lumen", "Lumen Health", "enterprise", 88, 110),
  customer("kite", "Kite Logistics", "pro", 75, 38),
  customer("orchard", "Orchard Foods", "free", 66, 12),
  customer("halcyon", "Halcyon Travel", "pro", 58, 52),
  customer("papertrail", "Papertrail Legal", "enterprise", 49, 64),
  customer("quanta", "Quanta Labs", "free", 41, 9),
  customer("riverside", "Riverside Schools", "free", 33, 15),
  customer("solstice", "Solstice Energy", "pro", 24, 33),
  customer("tandem", "Tandem Bikes", "free", 16, 11),
  customer("umbra", "Umbra Studios", "free", 12, 26),
  customer("vela", "Vela Insurance", "pro", 5, 24),
  customer("wren", "Wren & Daughters", "free", 1, 0),
];
