// The panel in the browser: sends what hands do, shows what the box does. The box decides.
import { send } from "./hands.js";
import { drawScreen, drawLight, tell, tellLost } from "./looks.js";
import { tellWords } from "./words.js";
import { armTraining, tellTraining } from "./training.js";

const live = new EventSource("/live");
const on = (kind, act) => live.addEventListener(kind, (event) => act(JSON.parse(event.data)));
on("words", tellWords); // before the state, which is told in them
on("screen", drawScreen);
on("light", drawLight);
on("state", (state) => {
  document.documentElement.dataset.theme = state.night ? "night" : "day";
  tell(state);
  tellTraining(state);
});
live.addEventListener("open", () => document.body.classList.remove("lost"));
live.addEventListener("error", () => {
  document.body.classList.add("lost");
  tellLost();
});
armTraining(send);
