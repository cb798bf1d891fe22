import { withSuffix } from "../home.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connect.ts";
import { leaseFacts } from "../lease_text.ts";
import { readLeaseId } from "../values.ts";

export const command = defineCommand({
  name: "lease end",
  summary: "End a lease and get back what it didn't use",
  args: { lease_id: { summary: "id of the lease" } },
  flags: {},
  examples: ["horizon lease end lease_12"],
  async run(ctx, { args }) {
    const lease_id = readLeaseId(args.lease_id);
    await using connection = await connect(ctx);
    await connection.client.submit("lease.end", { lease_id });
    const lease = await connection.client.lease(lease_id);
    ctx.out.result(lease, leaseFacts(withSuffix(lease, connection.suffix)));
  },
});
