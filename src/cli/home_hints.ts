import { HorizonError } from "../base/errors.ts";
import type { RawInput } from "./command.ts";
import { namedIds } from "./refs.ts";

/** Ids that a registry gives; a person's names for GPUs are known from the command line. */
const GIVEN_ID = "(?:lease|job|auction|bid)_\\d+";
/** Commands of a hint that are about all that a registry has. */
const LISTS = /(horizon (?:list-gpus|lease list|auction list|bid list|wallet balance))(?! --home)/g;

/**
 * The refusal of a home as a person can use it where another registry is asked first: its ids with the
 * home after them, and its lists with `--home`.
 */
export function hintAtHome(error: HorizonError, home: string, input: RawInput): HorizonError {
  const ids = [GIVEN_ID, ...namedIds(input).map((id) => RegExp.escape(id))];
  const pattern = new RegExp(`(?<![\\w@.-])(${ids.join("|")})(?![\\w@-]|\\.\\w)`, "g");
  const addressed = (text: string) => text.replace(pattern, (id) => `${id}@${home}`);
  const fix = error.fix === undefined
    ? {}
    : { fix: addressed(error.fix).replace(LISTS, (list) => `${list} --home ${home}`) };
  const { code, cause } = error;
  const details = error.details === undefined ? {} : { details: error.details };
  return new HorizonError(code, addressed(error.message), { ...fix, ...details, cause });
}
