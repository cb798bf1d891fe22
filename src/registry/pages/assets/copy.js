// A button beside a command copies it.
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("button.copy") : null;
  if (button === null) return;
  const command = button.parentElement?.querySelector("code");
  try {
    await navigator.clipboard.writeText(command?.textContent ?? "");
    button.textContent = "Copied";
  } catch {
    // Without the right to the clipboard the text is selected, for the keyboard to copy.
    if (command) getSelection()?.selectAllChildren(command);
    button.textContent = "Selected";
  }
  setTimeout(() => button.textContent = "Copy", 2_000);
});
