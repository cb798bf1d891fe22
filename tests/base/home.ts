/** A temporary folder that goes when the test ends. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "horizon-test-" });

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
