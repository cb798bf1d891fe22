import { formatDuration } from "../../base/time_text.ts";
import { withSuffix } from "../home.ts";
import { formatDollars, holdMicros } from "../../base/money.ts";
import { defineCommand, PLAN_FLAGS } from "../command.ts";
import { confirm } from "../confirm.ts";
import { connect } from "../connect.ts";
import { leaseFacts } from "../lease_text.ts";
import { readHours, readLeaseId } from "../values.ts";

export const command = defineCommand({
  name: "lease extend",
  summary: "Add hours to a lease",
  about: "The price stays that of the lease.",
  args: { lease_id: { summary: "id of the lease" } },
  flags: {
    duration: { kind: "text", value: "<hours>", summary: "hours to add", required: true },
    ...PLAN_FLAGS,
  },
  examples: ["horizon lease extend lease_12 --duration 1.5"],
  async run(ctx, { args, flags }) {
    const lease_id = readLeaseId(args.lease_id);
    const duration_s = readHours(flags.duration);
    await using connection = await connect(ctx);
    const { client, suffix } = connection;
    const { price_micros_per_hour: price, gpu_id } = await client.lease(lease_id);
    const plan = `Add ${formatDuration(duration_s)} to ${lease_id}${suffix} on ` +
      `${gpu_id}${suffix} at ${formatDollars(price)} an hour: ${
        formatDollars(holdMicros(price, duration_s))
      } more is held.`;
    if (!await confirm(ctx, plan, flags)) return;
    await client.submit("lease.extend", { lease_id, duration_s });
    const lease = await client.lease(lease_id);
    ctx.out.result(lease, leaseFacts(withSuffix(lease, suffix)));
  },
});
