// proof/worker, but for an object that keeps everything in memory and says that it is kept: it has to be found out.
import worker, { Witness as Honest } from "../../../proof/worker/index.js";

export class Witness extends Honest {
  constructor(ctx, env) {
    super(ctx, env);
    this.kept = new Map();
  }

  read() {
    return this.kept.get("value") ?? 0;
  }

  tokens() {
    return Object.fromEntries([...this.kept].filter(([key]) => key !== "value"));
  }

  change(token, make) {
    const found = this.read();
    const next = make(found);
    this.kept.set("value", next).set(token, (this.kept.get(token) ?? 0) + 1);
    return { found, next };
  }
}

export default worker;
