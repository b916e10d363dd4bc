// A page that was asked for on paper is printed at once; without this the browser's own Print does the same.
"use strict";
if (document.body.matches(".prints")) window.addEventListener("load", () => window.print());
