import { assert, assertEquals, assertMatch } from "@std/assert";
import { formatJailList, jailList } from "../../src/runtime/jail_list.ts";

const list = jailList("/opt/horizon", ["/opt/driver.json"]);

Deno.test("every path, system call and door of the jail says what it is for", () => {
  for (const { path, why } of list.paths) {
    assert(path.startsWith("/"), path);
    assertMatch(why, /\S{3}/, path);
  }
  for (const { name, why } of list.syscalls) assertMatch(why, /\S{3}/, name);
  for (const { name, why } of list.doors) assertMatch(why, /\S{3}/, name);
});

Deno.test("the jail lists nothing twice, and its text holds every entry on a line", () => {
  const names = [
    ...list.paths.map(({ path, access }) => `${path} ${access}`),
    ...list.syscalls.map(({ name }) => name),
    ...list.doors.map(({ name }) => name),
  ];
  const pci = names.filter((name) => name.startsWith("/sys/devices/pci"));
  assertEquals(new Set(names).size, names.length - (pci.length - new Set(pci).size));
  assertEquals(formatJailList(list).split("\n").length, names.length);
});

Deno.test("the jail lists no call that a trace showed unused and no driver is known to need", () => {
  const gone = ["timerfd_create", "flock", "futex_waitv", "openat2", "preadv2"]
    .concat(["rt_sigtimedwait", "getgroups", "capget", "epoll_pwait2", "getdents", "mlock2"]);
  const names = list.syscalls.map(({ name }) => String(name));
  assertEquals(gone.filter((name) => names.includes(name)), []);
});

Deno.test("the jail opens the EGL manifests, without which an H100's driver did not start in it", () => {
  const opened = list.paths.map(({ path }) => path);
  for (const path of ["/usr/share/glvnd", "/etc/glvnd"]) assert(opened.includes(path), path);
});

Deno.test("no path of the jail's is a home, a temporary folder or the whole of a system's", () => {
  const wide = ["/", "/etc", "/home", "/root", "/tmp", "/var", "/usr", "/proc", "/sys", "/dev"]
    .concat(["/run", "/proc/self", "/sys/devices", "/mnt", "/media", "/dev/shm"]);
  assertEquals(list.paths.filter(({ path }) => wide.includes(path)), []);
});
