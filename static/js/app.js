// Every page: a form that changes something is sent once, and is ready again when the page comes back.
(() => {
  "use strict";

  const release = (form) => {
    delete form.dataset.working;
    form.querySelectorAll("[data-was-ready]").forEach((button) => {
      button.removeAttribute("aria-disabled");
      button.removeAttribute("data-was-ready");
    });
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.working) {
      event.preventDefault();
      return;
    }
    form.dataset.working = "yes";
    // aria-disabled, not disabled: the pressed button's value must still be sent, and focus must stay.
    form.querySelectorAll("button:not([type=button]), input[type=submit]").forEach((button) => {
      button.setAttribute("aria-disabled", "true");
      button.setAttribute("data-was-ready", "");
    });
    // An answer that is a download leaves the page standing.
    setTimeout(() => release(form), 15000);
  });

  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-working]").forEach(release));
})();
