import { adapterTest } from "../adapter_test_case.ts";
import { Person } from "./person.ts";

/** The GPU that they have rented. */
export const GPU_ID = "laptop";

/** A test with someone who has proven and rented their own GPU on their own registry. */
export function rentedTest(name: string, test: (person: Person) => Promise<void>): void {
  const fn = async () => {
    await using person = new Person();
    await person.json("init");
    await person.json("config", "--set", "allow_software", "true");
    await person.json("wallet", "deposit", "5");
    const ask = ["--gpu-id", GPU_ID, "--gpu-type", "auto", "--price", "0.30"];
    await person.json("register-gpu", ...ask);
    await person.json("rent", GPU_ID, "--duration", "1", "--yes");
    await test(person);
  };
  // The Workers of the registry and the handles of the driver outlive a test.
  adapterTest(name, fn, { sanitizeOps: false, sanitizeResources: false });
}
