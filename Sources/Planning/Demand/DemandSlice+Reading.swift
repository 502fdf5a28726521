import Catalogs
import Documents
import Quantities
import Traffic

extension DemandSlice {
  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> DemandSpec {
    var spec = DemandSpec()
    if let traffic = plan["traffic"] { read(traffic, into: &spec, format, &reader) }
    if let given = reader.positiveSpan(plan["horizon"], "horizon") { spec.horizon = given }
    if spec.horizon > .days(3660), let place = plan["horizon"] {
      reader.fail("'horizon' is longer than ten years", place, "horizon", help: "plan at most 3660d ahead")
    }
    return spec
  }

  private static func read(
    _ node: Node, into spec: inout DemandSpec, _ format: PlanFormat, _ reader: inout NodeReader
  ) {
    if let source = node["source"] {
      if node["average"] != nil {
        reader.fail(
          "both 'source' and 'average' are given", node, "traffic", help: "measure a source, or state an average")
      }
      if let found = SourceDescriptor.source(of: source, "traffic.source", among: format.sources, &reader) {
        spec.source = .measured(found)
      }
    } else if node["average"] != nil {
      let average: RequestRate? = reader.positive(node["average"], "traffic.average", zero: .zero)
      spec.source = .stated(average: average ?? .zero, peakToAverage: readRatio(node["peak to average"], &reader))
    } else if node.entries != nil {
      reader.fail(
        "no demand is given", node, "traffic", help: "add source: { csv: traffic.csv } or average: 30000/s")
    }
    if let unit = reader.string(node["unit"], "traffic.unit") {
      let known: [String: TraceUnit] = [
        "per step": .countPerStep, "per second": .perSecond, "counter": .counter, "gauge": .gauge,
      ]
      spec.unit = known[unit]
    }
    spec.step = reader.positiveSpan(node["step"], "traffic.step")
    spec.timeZone = reader.string(node["time zone"], "traffic.time zone")
    spec.growth = reader.estimate(node["growth"], "traffic.growth") { $0.yearlyGrowth($1, $2) }
    if let like = node["like"] {
      spec.like = SourceDescriptor.source(of: like, "traffic.like", among: format.sources, &reader)
      if node["source"] == nil {
        reader.fail(
          "'like' is given without a 'source'", like, "traffic.like",
          help:
            "a season of the year is put on a measured history: add source: { csv: traffic.csv }, or take 'like' out")
      }
    }
    for (i, event) in (node["events"]?.elements ?? []).enumerated() {
      spec.events.append(readEvent(event, "traffic.events[\(i)]", &reader))
    }
  }

  private static func readRatio(_ node: Node?, _ reader: inout NodeReader) -> Double {
    reader.number(
      node, "traffic.peak to average", 1...1e6, help: "the peak is at least the average; 1.5 to 3 is common") ?? 2.5
  }

  private static func readEvent(_ node: Node, _ path: String, _ reader: inout NodeReader) -> EventSpec {
    var event = EventSpec(name: reader.string(node["name"], "\(path).name") ?? "", location: node.location)
    event.calendar = reader.string(node["calendar"], "\(path).calendar")
    if node["calendar"] != nil {
      for key in ["name", "date", "rule", "at", "days", "duration"] {
        if let extra = node[key] {
          reader.fail(
            "'\(key)' does not belong to a calendar", extra, "\(path).\(key)",
            help: "take it out, or make it an event of its own: the calendar's entries say it themselves")
        }
      }
    } else if node["name"] == nil, node.entries != nil {
      reader.fail("missing key 'name'", node, path, help: "add name: Black Friday, or calendar: holidays.ics")
    }
    if let date = reader.date(node["date"], "\(path).date") { event.when = .date(date) }
    if let rule = node["rule"], let text = reader.string(rule, "\(path).rule") {
      if node["date"] != nil {
        reader.fail("both 'date' and 'rule' are given", rule, "\(path).rule", help: "keep one of them")
      }
      do {
        event.when = try EventRule.parse(text)
      } catch {
        reader.fail("'rule' \(error.problem): \"\(text)\"", rule, "\(path).rule", help: error.remedy)
      }
    }
    event.startsAt = reader.timeOfDay(node["at"], "\(path).at")
    if let days = node["days"] {
      if let n = days.number, n > 0, n <= 366 {
        event.duration = .days(n)
      } else if days.number != nil {
        reader.fail("'days' is out of range: \(days.text ?? "")", days, "\(path).days", help: "write 0.25 to 366")
      }
    }
    if let duration = reader.positiveSpan(node["duration"], "\(path).duration") { event.duration = duration }
    event.lift = reader.estimate(node["lift"], "\(path).lift") { reader, node, path in
      guard let lift: Factor = reader.quantity(node, path) else { return nil }
      guard lift.rawValue >= 0, lift.rawValue <= 10_000 else {
        reader.fail(
          "'lift' is out of range: \"\(node.text ?? "")\"", node, path, help: "write demand over ordinary demand, as 4")
        return nil
      }
      return lift
    }
    event.lead = reader.quantity(node["lead"], "\(path).lead")
    return event
  }
}
