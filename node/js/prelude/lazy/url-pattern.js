import { URLPattern as Polyfill } from "urlpattern-polyfill/urlpattern";
import { tag } from "../shared.js";

export class URLPattern extends Polyfill {
  constructor(...values) {
    try {
      super(...values);
    } catch {
      throw new TypeError("Failed to construct URLPattern");
    }
  }
}
tag(URLPattern);
