import Documents
import Placing
import Planning
import Quantities
import Terminal

/// Where overflow goes: models that run only where their hardware stands.
public struct SpillReport: Sendable {
  public let name: String
  public let problem: SpillProblem
  public let outcome: SpillOutcome

  public init(_ problem: SpillProblem, name: String) {
    self.name = name
    self.problem = problem
    outcome = problem.routed()
  }

  public var isServed: Bool { outcome.refused.allSatisfy { $0 <= 1e-9 } }

  var headline: String {
    let asked = outcome.asked.reduce(0, +)
    let away = outcome.away.reduce(0, +)
    let refused = outcome.refused.reduce(0, +)
    guard asked > 0 else { return "Nothing is asked." }
    let spilled =
      away > 0
      ? "\(NumberFormat.share(away / asked)) of the requests spill to another region" : "Every region serves its own"
    return refused > 1e-9
      ? "\(spilled); \(NumberFormat.share(refused / asked)) find no place and are refused."
      : "\(spilled); none is refused."
  }

  var table: TextTable {
    var table = TextTable([
      .init("origin", isFlexible: true), .init("model", isFlexible: true), .init("at home", .right),
      .init("spilled to", isFlexible: true), .init("refused", .right),
    ])
    for (o, origin) in problem.origins.enumerated() {
      let asked = max(1e-12, outcome.asked[o])
      let ways = outcome.ways.filter { $0.origin == o && $0.region != origin.home }
      table.add([
        origin.id, problem.models[origin.model].id, NumberFormat.share(outcome.home[o] / asked),
        ways.map {
          "\(problem.regions[$0.region]) \(NumberFormat.share($0.served / asked)) at \(NumberFormat.significant($0.latency, 3)) ms"
        }.joined(separator: ", "), NumberFormat.share(outcome.refused[o] / asked),
      ])
    }
    return table
  }

  var notes: [String] {
    var notes: [String] = []
    for (h, host) in problem.hosts.enumerated() where outcome.refusals[h] > 1e-9 {
      notes.append(
        "\(problem.models[host.model].id) in \(problem.regions[host.region]) is up but full and answers 429\(problem.limit(host).isCacheBound ? ": its KV cache bounds it" : "")."
      )
    }
    for (m, model) in problem.models.enumerated() where problem.hosts.count(where: { $0.model == m }) == 1 {
      notes.append("\(model.id) runs in one region alone: nothing can spill, and nothing survives its loss.")
    }
    return notes
  }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var text = TerminalText.wrapped(headline, width: width).map { style(.heading, $0) }.joined(separator: "\n") + "\n\n"
    text += table.text(width: width, style: style)
    for line in notes { text += TerminalText.wrapped(line, width: width).joined(separator: "\n") + "\n" }
    return text
  }

  public func markdown() -> String { "# \(headline)\n\n\(table.markdown)\n" + notes.map { $0 + "\n" }.joined() }

  /// `"schema": "headroom/spill/1"`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/spill/1")
      json.entry("name", name)
      json.entry("headline", headline)
      json.entry("worst_hour", outcome.worstHour)
      json.objects("origins", Array(problem.origins.indices)) { json, o in
        json.entry("id", problem.origins[o].id)
        json.entry("model", problem.models[problem.origins[o].model].id)
        json.entry("asked", outcome.asked[o])
        json.entry("home", outcome.home[o])
        json.entry("away", outcome.away[o])
        json.entry("refused", outcome.refused[o])
        json.objects("ways", outcome.ways.filter { $0.origin == o }) { json, way in
          json.entry("region", problem.regions[way.region])
          json.entry("served", way.served)
          json.entry("peak_rps", way.peak)
          json.entry("latency_ms", way.latency)
        }
      }
      json.objects("hosts", Array(problem.hosts.indices)) { json, h in
        json.entry("region", problem.regions[problem.hosts[h].region])
        json.entry("model", problem.models[problem.hosts[h].model].id)
        json.entry("most_rps", problem.limit(problem.hosts[h]).most)
        json.entry("bound_by", problem.limit(problem.hosts[h]).isCacheBound ? "kv cache" : "rate")
        json.entry("busiest", outcome.busiest[h])
        json.entry("answered_429", outcome.refusals[h])
      }
    }
    return json.text + "\n"
  }
}
