// Passkeys: show their button where they can work, and say in words what the browser says to nobody but its console.
(() => {
  "use strict";

  const show = (state, isShown) => {
    document.querySelectorAll(`[data-passkeys="${state}"]`).forEach((element) => {
      element.hidden = !isShown;
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    // A passkey belongs to a name: at an address of numbers, such as 127.0.0.1, browsers refuse.
    const isNumbers = /^[0-9.]+$|^\[/.test(location.hostname);
    show(window.PublicKeyCredential && !isNumbers ? "works" : "never", true);
    document.querySelectorAll('[data-passkeys="works"] button').forEach((button) => {
      button.addEventListener("click", () => show("failed", false));
    });
  });

  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    show("failed", true);
  });
})();
