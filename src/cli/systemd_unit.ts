/** A program that systemd starts and keeps running for one person. */
export interface ServiceUnit {
  description: string;
  /** The program's absolute path, then its arguments. */
  command: readonly string[];
  /** Variables that it is to have beside those of the session. */
  env: Readonly<Record<string, string>>;
}

/**
 * A unit file for `systemctl --user` (systemd.service(5)). The control group below it is the program's
 * own, so that each job can be limited by one.
 */
export function serviceUnit({ description, command, env }: ServiceUnit): string {
  const variables = Object.entries(env).map(([name, value]) =>
    `Environment=${quoted(`${name}=${value}`)}\n`
  );
  return `[Unit]
Description=${description}
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=${command.map(quotedWord).join(" ")}
${variables.join("")}Restart=on-failure
RestartSec=5
# Jobs get control groups of their own below this one (the second line needs systemd 254).
Delegate=yes
DelegateSubgroup=main
# A job under way is settled before the end.
KillMode=mixed
TimeoutStopSec=60
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
`;
}

/** A word of a command line: in there "$" means a variable, too. */
function quotedWord(word: string): string {
  return quoted(word.replaceAll("$", "$$$$"));
}

/** Text as systemd reads it back: quotes and escapes as in C, "%" doubled. */
function quoted(text: string): string {
  if (/^[\w./:=,@+-]+$/.test(text)) return text;
  const escaped = text.replaceAll("%", "%%").replace(/[\\"]/g, "\\$&")
    .replace(
      /\p{Cc}/gu,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
    );
  return `"${escaped}"`;
}
