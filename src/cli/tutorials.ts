import operator from "./tutorials/operator.md" with { type: "text" };
import owner from "./tutorials/owner.md" with { type: "text" };
import renter from "./tutorials/renter.md" with { type: "text" };

/** A tutorial for each of the three people, in Markdown: the README has the same text. */
export const TUTORIALS = { owner, renter, operator } as const;
export type Tutorial = keyof typeof TUTORIALS;

/** Whether there is a tutorial of that name. */
export function isTutorial(name: string): name is Tutorial {
  return Object.hasOwn(TUTORIALS, name);
}

/** A tutorial for the terminal: commands indented, without the marks of Markdown. */
export function tutorialText(name: Tutorial): string {
  let isCode = false;
  const lines = TUTORIALS[name].split("\n").flatMap((line) => {
    if (line.startsWith("```")) {
      isCode = !isCode;
      return [];
    }
    if (isCode) return [`    ${line}`];
    return [line.replace(/^#+ /, "").replace(/[`]|\*\*/g, "")];
  });
  return lines.join("\n");
}
