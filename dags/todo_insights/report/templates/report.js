document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const code = button.parentElement.querySelector("code");
  const selection = window.getSelection();
  selection.selectAllChildren(code);
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // Some browsers do not let a page that was opened from a file use the clipboard; this older call copies the
    // selection.
    document.execCommand("copy");
  }
  button.textContent = "Copied";
});
