document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const code = button.parentElement.querySelector("code");
  const selection = window.getSelection();
  selection.selectAllChildren(code);
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // A page of a file may not use the clipboard in this browser; this older call copies the selection.
    document.execCommand("copy");
  }
  button.textContent = "Copied";
});
