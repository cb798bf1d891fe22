import type { Command } from "./command.ts";

/** A line of the table of commands: enough for the overview, and the way to the rest. */
export interface CommandEntry {
  summary: string;
  load: () => Promise<{ command: Command }>;
}

/**
 * Every command by its full name, in the order of the overview. Each is loaded when it is called, so
 * that `horizon version` loads none of the registry, the provider or the GPU.
 */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  "init": {
    summary: "Make your key and your folders",
    load: () => import("./commands/init.ts"),
  },
  "config": {
    summary: "Show or change the configuration",
    load: () => import("./commands/config.ts"),
  },
  "completions": {
    summary: "Print what makes a shell complete commands, flags and ids",
    load: () => import("./commands/completions.ts"),
  },
  "man": {
    summary: "Print the manual page of all commands",
    load: () => import("./commands/man.ts"),
  },
  "list-gpus": {
    summary: "List the GPUs that can be rented now",
    load: () => import("./commands/list_gpus.ts"),
  },
  "explore": {
    summary: "Show everything about one GPU",
    load: () => import("./commands/explore.ts"),
  },
  "top": {
    summary: "Watch the GPUs, jobs and auctions of a registry",
    load: () => import("./commands/top.ts"),
  },
  "quote": {
    summary: "Show what your own job costs on each GPU, by running a sample of it",
    load: () => import("./commands/quote.ts"),
  },
  "rent": {
    summary: "Rent a GPU",
    load: () => import("./commands/rent.ts"),
  },
  "bid": {
    summary: "Bid for a GPU, or order any GPUs that fit a filter",
    load: () => import("./commands/bid.ts"),
  },
  "bid list": {
    summary: "List your bids that stand",
    load: () => import("./commands/bid_list.ts"),
  },
  "bid show": {
    summary: "Show a bid",
    load: () => import("./commands/bid_show.ts"),
  },
  "bid bulk": {
    summary: "Place thousands of orders by one signature",
    load: () => import("./commands/bid_bulk.ts"),
  },
  "bid cancel": {
    summary: "Take back a bid that rests, and free its money",
    load: () => import("./commands/bid_cancel.ts"),
  },
  "lease list": {
    summary: "List your leases",
    load: () => import("./commands/lease_list.ts"),
  },
  "lease end": {
    summary: "End a lease and get back what it didn't use",
    load: () => import("./commands/lease_end.ts"),
  },
  "lease extend": {
    summary: "Add hours to a lease",
    load: () => import("./commands/lease_extend.ts"),
  },
  "job new": {
    summary: "Write a working example of a job into a folder",
    load: () => import("./commands/job_new.ts"),
  },
  "job validate": {
    summary: "Check a job file and all that it names, without sending anything",
    load: () => import("./commands/job_validate.ts"),
  },
  "job bundle": {
    summary: "Make one file of a module that is TypeScript or has several files",
    load: () => import("./commands/job_bundle.ts"),
  },
  "job schema": {
    summary: "Print the JSON Schema of a job file",
    load: () => import("./commands/job_schema.ts"),
  },
  "submit-job": {
    summary: "Run a job on a GPU that you rent",
    load: () => import("./commands/submit_job.ts"),
  },
  "status": {
    summary: "Show where a job stands",
    load: () => import("./commands/status.ts"),
  },
  "job logs": {
    summary: "Show what a job has said",
    load: () => import("./commands/job_logs.ts"),
  },
  "job fetch": {
    summary: "Fetch the outputs of a job that succeeded",
    load: () => import("./commands/job_fetch.ts"),
  },
  "job verify": {
    summary: "Run a job again, compare, and say in the feed what came of it",
    load: () => import("./commands/job_verify.ts"),
  },
  "cancel-job": {
    summary: "Cancel a job",
    load: () => import("./commands/cancel_job.ts"),
  },
  "wallet balance": {
    summary: "Show your id and your money",
    load: () => import("./commands/wallet_balance.ts"),
  },
  "wallet deposit": {
    summary: "Issue credits, as the registry's operator",
    load: () => import("./commands/wallet_deposit.ts"),
  },
  "wallet history": {
    summary: "List the movements of your money",
    load: () => import("./commands/wallet_history.ts"),
  },
  "register-gpu": {
    summary: "Measure, prove and list this machine's GPU",
    load: () => import("./commands/register_gpu.ts"),
  },
  "provide": {
    summary: "Keep your GPUs online and run the jobs of those who rent them",
    load: () => import("./commands/provide.ts"),
  },
  "gpu challenge": {
    summary: "Complain of a GPU: have it prove itself now",
    load: () => import("./commands/gpu_challenge.ts"),
  },
  "gpu move": {
    summary: "Move a GPU of yours to another registry",
    load: () => import("./commands/gpu_move.ts"),
  },
  "gpu proof": {
    summary: "Show how a GPU was proven, and check it yourself",
    load: () => import("./commands/gpu_proof.ts"),
  },
  "gpu update": {
    summary: "Change the price of a GPU of yours",
    load: () => import("./commands/gpu_update.ts"),
  },
  "deregister-gpu": {
    summary: "Take your GPU off the market",
    load: () => import("./commands/deregister_gpu.ts"),
  },
  "auction start": {
    summary: "Sell hours of a GPU of yours to the best bids",
    load: () => import("./commands/auction_start.ts"),
  },
  "auction list": {
    summary: "List the auctions that take bids",
    load: () => import("./commands/auction_list.ts"),
  },
  "auction show": {
    summary: "Show an auction, and all its bids once it is over",
    load: () => import("./commands/auction_show.ts"),
  },
  "auction end": {
    summary: "Close an auction of yours now, and clear it",
    load: () => import("./commands/auction_end.ts"),
  },
  "auction verify": {
    summary: "Check an auction's outcome yourself, from the signed feed",
    load: () => import("./commands/auction_verify.ts"),
  },
  "market prices": {
    summary: "Show what each class of GPU was rented for, by the hour",
    load: () => import("./commands/market_prices.ts"),
  },
  "market clear": {
    summary: "Match all orders with all free GPUs now, as the registry's operator",
    load: () => import("./commands/market_clear.ts"),
  },
  "serve": {
    summary: "Run a registry",
    load: () => import("./commands/serve.ts"),
  },
  "backup": {
    summary: "Write all of a registry to a file, also while it serves",
    load: () => import("./commands/backup.ts"),
  },
  "restore": {
    summary: "Make a data folder of a backup",
    load: () => import("./commands/restore.ts"),
  },
  "fsck": {
    summary: "Check everything in a registry's data folder",
    load: () => import("./commands/fsck.ts"),
  },
  "network status": {
    summary: "Show this node, its registry, and the registries that it knows",
    load: () => import("./commands/network_status.ts"),
  },
  "network connect": {
    summary: "Connect your registry to another one",
    load: () => import("./commands/network_connect.ts"),
  },
  "network disconnect": {
    summary: "Have your registry follow another one no more",
    load: () => import("./commands/network_disconnect.ts"),
  },
  "network evidence": {
    summary: "Show the evidence against registries that have lied",
    load: () => import("./commands/network_evidence.ts"),
  },
  "marketplace sync": {
    summary: "Have your registry pull every other registry's feed now",
    load: () => import("./commands/marketplace_sync.ts"),
  },
  "marketplace update": {
    summary: "Copy the listings to this machine, for list-gpus --offline",
    load: () => import("./commands/marketplace_update.ts"),
  },
  "logs": {
    summary: "Show the operation log and the state of this node",
    load: () => import("./commands/logs.ts"),
  },
  "logs clear": {
    summary: "Empty the operation log",
    load: () => import("./commands/logs_clear.ts"),
  },
  "self-test": {
    summary: "Check this machine: GPU, jail, disk, keys, clock, registry",
    load: () => import("./commands/self_test.ts"),
  },
  "demo": {
    summary: "Watch a GPU being proven, listed, rented, and doing work",
    load: () => import("./commands/demo.ts"),
  },
  "version": {
    summary: "Print the version",
    load: () => import("./commands/version.ts"),
  },
};
