import { openAdapter } from "../../src/gpu/adapter.ts";
import { Person } from "./person.ts";

/** The GPU that they have rented. */
export const GPU_ID = "laptop";
const hasAdapter = await openAdapter().then(() => true, () => false);

/** A test with someone who has proven and rented their own GPU on their own registry. */
export function rentedTest(name: string, test: (person: Person) => Promise<void>): void {
  if (!hasAdapter) console.log(`skipped, no GPU adapter: ${name}`);
  Deno.test({
    name,
    ignore: !hasAdapter,
    // The Workers of the registry and the handles of the driver outlive a test.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using person = new Person();
      await person.json("init");
      await person.json("config", "--set", "allow_software", "true");
      await person.json("wallet", "deposit", "5");
      const ask = ["--gpu-id", GPU_ID, "--gpu-type", "auto", "--price", "0.30"];
      await person.json("register-gpu", ...ask);
      await person.json("rent", GPU_ID, "--duration", "1", "--yes");
      await test(person);
    },
  });
}
