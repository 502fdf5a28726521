import Documents
import Planning
import Quantities

extension BoardReport {
  /// `"schema": "headroom/services/1"`: every service, ranked as on the page.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/services/1")
      json.entry("headline", headline)
      json.entry("now", now)
      json.objects("services", entries) { json, entry in Self.write(entry, to: &json) }
      json.objects("faults", faults) { json, fault in
        json.entry("name", fault.name)
        json.entry("problem", fault.problem)
      }
    }
    return json.text + "\n"
  }

  private static func write(_ entry: Entry, to json: inout JSONWriter) {
    let outcome = entry.outcome
    json.entry("name", entry.name)
    json.entry("link", entry.link)
    json.entry("replicas", outcome.sizing.replicas)
    json.entry("running", outcome.sizing.running)
    json.entry("peak", outcome.sizing.peak)
    json.entry("planned_headroom", outcome.headroom.fraction)
    json.object("exhaustion", entry.exhaustion) { json, it in Self.write(it, to: &json) }
    json.entry("objectives_met", outcome.verdicts.allSatisfy(\.met))
    json.entry("objectives_missed", texts: entry.missed.map { $0.words.objective })
    json.object("tightest", outcome.tightest) { json, verdict in
      let words = verdict.words
      json.entry("objective", words.objective)
      json.entry("margin", verdict.margin)
      json.entry("binding", words.binding)
    }
    json.entry("acts", outcome.findings.filter { $0.severity == .act }.count)
    json.entry("cost_per_month", outcome.cost.isPriced ? outcome.cost.underPolicy : nil)
    json.entry("currency", outcome.plan.currency.code)
  }

  /// When a service runs out, as an object's keys.
  static func write(_ it: Exhaustion, to json: inout JSONWriter) {
    json.entry("capacity", it.capacity)
    json.entry("expected", it.expected)
    json.entry("earliest", it.earliest)
    json.entry("latest", it.latest)
    json.entry("probability", it.probability)
    json.entry("until", it.until)
    json.entry("room", it.room)
    json.entry("headroom_now", it.share)
    json.entry("missing_replicas", it.shortfall?.missing)
    json.entry("add_by", it.shortfall?.addBy)
    json.entry("request_quota_by", it.shortfall?.requestQuotaBy)
    json.objects("order", it.order) { json, order in
      json.entry("machine", order.machine.isEmpty ? nil : order.machine)
      json.entry("count", order.count)
    }
  }
}
