import { DurableObject } from "cloudflare:workers";

const USAGE = `POST /LEAGUE?home=TEAM&away=TEAM&score=2:1   a match has ended
GET  /LEAGUE                                   the table
GET  /LEAGUE?team=TEAM                         its matches, the last one first
`;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS match (id INTEGER PRIMARY KEY, home TEXT NOT NULL, away TEXT NOT NULL, scored INTEGER, conceded INTEGER);
  CREATE VIEW IF NOT EXISTS side AS
    SELECT id, home AS team, away AS other, scored, conceded FROM match UNION ALL SELECT id, away, home, conceded, scored FROM match;`;

const TABLE = `
  SELECT team, count(*) AS played, sum(scored - conceded) AS difference,
         sum(CASE WHEN scored > conceded THEN 3 WHEN scored = conceded THEN 1 ELSE 0 END) AS points
  FROM side GROUP BY team ORDER BY points DESC, difference DESC, team`;

/** The matches of one league. */
export class League extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(SCHEMA);
  }

  add(home, away, scored, conceded) {
    const text = "INSERT INTO match (home, away, scored, conceded) VALUES (?, ?, ?, ?) RETURNING id";
    return this.sql.exec(text, home, away, scored, conceded).one().id;
  }

  table() {
    return this.sql.exec(TABLE).toArray();
  }

  matchesOf(team) {
    return this.sql.exec("SELECT other, scored, conceded FROM side WHERE team = ? ORDER BY id DESC LIMIT 20", team).toArray();
  }
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams: query } = new URL(request.url);
    const name = pathname.slice(1);
    if (!name) return new Response(USAGE);
    const league = env.LEAGUES.getByName(name);
    if (request.method === "GET") return Response.json(await (query.has("team") ? league.matchesOf(query.get("team")) : league.table()));

    const score = /^(\d+):(\d+)$/.exec(query.get("score") ?? "");
    const [home, away] = [query.get("home"), query.get("away")];
    if (!score || !home || !away || home === away) return Response.json({ error: "two teams and a score such as 2:1 are needed" }, { status: 400 });
    return Response.json({ match: await league.add(home, away, Number(score[1]), Number(score[2])) }, { status: 201 });
  },
};
