"use strict";
// The reader's time zone goes with the sign-in.
for (const field of document.querySelectorAll("[data-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}
// A page that waits for something asks again.
const waiting = document.querySelector("[data-refresh]");
if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.refresh));
// A form is sent once.
for (const form of document.querySelectorAll("form[method=post]:not([data-download])")) {
  form.addEventListener("submit", () => setTimeout(() => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  }));
}
addEventListener("pageshow", event => {
  if (event.persisted) for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});

// A file is sent as it is, with its progress.
for (const form of document.querySelectorAll("[data-upload]")) {
  const input = form.querySelector("input[type=file]");
  const state = form.querySelector(".upload-state");
  const progress = form.querySelector("progress");
  const button = form.querySelector("button");
  const drop = form.querySelector(".drop");
  const tell = (text, isWrong) => { state.textContent = text; state.classList.toggle("wrong", !!isWrong); };

  for (const name of ["dragover", "dragenter"]) {
    drop.addEventListener(name, event => { event.preventDefault(); drop.classList.add("over"); });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", event => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });

  // The session may have ended and begun again since this page was opened.
  const freshToken = async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (answer.redirected || !answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[data-upload] input[name=token]")?.value ?? null;
  };

  form.addEventListener("submit", async event => {
    event.preventDefault();
    const file = input.files[0];
    if (!file) return;
    if (file.size === 0) return tell(form.dataset.empty, true);
    button.disabled = true;
    const stop = text => { button.disabled = false; progress.hidden = true; tell(text, true); };
    let token;
    try { token = await freshToken(); } catch { return stop(form.dataset.failed); }
    if (!token) return stop(form.dataset.ended);
    const query = new URLSearchParams({ source: file.name });
    for (const field of form.elements) {
      if (!field.name || field.name === "token" || (field.type === "checkbox" && !field.checked)) continue;
      if (field.value) query.append(field.name, field.value);
    }
    const sending = new XMLHttpRequest();
    sending.open("POST", form.dataset.upload + "?" + query);
    sending.setRequestHeader("X-CSRF-Token", token);
    sending.setRequestHeader("Content-Type", "application/octet-stream");
    progress.hidden = false;
    tell(form.dataset.sending);
    sending.upload.addEventListener("progress", event => {
      if (event.lengthComputable) progress.value = 100 * event.loaded / event.total;
    });
    sending.addEventListener("error", () => stop(form.dataset.failed));
    sending.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(sending.responseText); } catch { /* a page, not an answer */ }
      if (answer.place) location.assign(answer.place);
      else stop(answer.problem || (sending.status === 401 ? form.dataset.ended : form.dataset.failed));
    });
    sending.send(file);
  });
}
