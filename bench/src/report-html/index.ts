export { renderHtml } from "./page.js";
