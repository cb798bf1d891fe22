import { refuseExisting } from "./new_file.ts";

/** A template's file: its name and what it holds. */
export type TemplateFile = readonly [name: string, bytes: Uint8Array];

const FIX = "Name another folder; nothing is written over.";

/**
 * Writes a template's files into a folder, which is made if it isn't there. Throws `already_exists`
 * instead of writing over one.
 */
export async function writeTemplateFolder(
  folder: string,
  files: readonly TemplateFile[],
): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name] of files) await refuseExisting(`${folder}/${name}`, FIX);
  for (const [name, bytes] of files) {
    await Deno.writeFile(`${folder}/${name}`, bytes, { createNew: true });
  }
}
