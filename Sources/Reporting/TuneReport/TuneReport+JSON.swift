import Documents
import Planning
import Quantities

extension TuneReport {
  /// `"schema": "headroom/tune/1"`; docs/reference/tune-json.md names each key.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/tune/1")
      json.entry("plan", source)
      json.entry("headline", headline)
      Self.write(tuning, to: &json)
    }
    return json.text + "\n"
  }

  /// The keys of a tuning, for a document of its own and for a part of a plan's.
  static func write(_ tuning: Tuning, to json: inout JSONWriter) {
    json.entry("policy", tuning.policy)
    json.entry("title", tuning.title)
    json.entry("verdict", tuning.verdict.rawValue)
    json.entry("interrupted", tuning.isInterrupted)
    json.entry("saving", tuning.saving)
    json.entry(
      "cost_unit", tuning.isPriced ? (Currency.current.isDollars ? "dollars" : Currency.current.code) : "replica_hours")
    json.entry("minimum", tuning.minimum)
    json.entry("maximum", tuning.maximum)
    json.objects("settings", tuning.settings) { json, setting in
      json.entry("name", setting.name)
      json.entry("before", setting.before)
      json.entry("after", setting.after)
      json.entry("lowest", setting.lowest)
      json.entry("highest", setting.highest)
    }
    json.object("current") { write(tuning.current, tuning, to: &$0) }
    json.object("chosen") { write(tuning.chosen, tuning, to: &$0) }
    json.objects("front", tuning.front) { json, point in write(point, tuning, to: &json) }
    json.entry("objective_assumed", tuning.isObjectiveAssumed)
    json.entry("tried", tuning.tried)
    json.entry("simulations", tuning.simulations)
    json.object("weeks") { json in
      json.entry("days", tuning.traces.days)
      json.entry("search", tuning.traces.search)
      json.entry("choice", tuning.traces.choice)
      json.entry("judgement", tuning.traces.judgement)
      json.entry("from_history", tuning.traces.fromHistory)
      json.entry("from_forecast", tuning.traces.fromForecast)
      json.entry("noise", tuning.traces.noise)
    }
  }

  private static func write(_ point: TunedPoint, _ tuning: Tuning, to json: inout JSONWriter) {
    json.object("settings") { json in
      for (setting, value) in zip(tuning.settings, point.values) { json.entry(setting.name, value) }
    }
    json.entry("cost_per_month", point.costPerMonth)
    json.entry("mean_replicas", point.meanReplicas)
    json.entry("changes_per_day", point.changesPerDay)
    json.entry("meets_objective", point.isMet)
    write("misses_used", point.risk, to: &json)
    write("served", point.served, to: &json)
    json.objects("within", Array(zip(tuning.objective.latency, point.within))) { json, one in
      json.entry("quantile", one.0.quantile)
      json.entry("limit_seconds", seconds: one.0.limit)
      write("share", one.1, to: &json)
    }
    json.entry("weeks_met", point.weeksMet)
    json.entry("weeks", point.weeks)
    write("weeks_met_share", point.weeksMetShare, to: &json)
  }

  private static func write(_ key: String, _ interval: TunedPoint.Interval, to json: inout JSONWriter) {
    json.object(key) { json in
      json.entry("low", interval.low)
      json.entry("mid", interval.mid)
      json.entry("high", interval.high)
    }
  }
}
