import LoadTesting
import Quantities
import Terminal

extension ColdStartResult {
  /// How a service came to be of use, for people.
  /// - Parameters:
  ///   - isStarted: whether a command started the service, from which times count.
  ///   - width: columns.
  public func terminal(isStarted: Bool, width: Int = 80, style: Style = .plain) -> String {
    func span(_ seconds: Double?) -> String { seconds.map { NumberFormat.duration(.seconds($0)) } ?? "-" }
    var times = TextTable([.init("from \(isStarted ? "the command's start" : "the first request")"), .init("", .right)])
    if isStarted { times.add(["takes connections", span(timeToListening)]) }
    times.add(["first good answer", span(timeToFirstAnswer)])
    times.add(["steady", isSteadyReached ? span(timeToSteady) : "not reached"])
    var text = times.text(width: width, style: style) + "\n" + latencies.text(width: width, style: style)
    if isSteadyReached, coldRequests == 0 { text += "No cold start shows: the beginning is as the rest.\n" }
    if coldFailures > 0 { text += "Failed while cold: \(coldFailures) of \(coldRequests) requests\n" }
    if let firstRequest { text += "The very first request took \(LoadWording.time(firstRequest))\n" }
    if let connectionCost {
      let cost = connectionCost > 0 ? LoadWording.time(connectionCost) : "nothing that shows"
      text +=
        "A new connection costs \(cost): P50 \(LoadWording.time(newConnection)) with, "
        + "\(LoadWording.time(keptConnection)) without\n"
    }
    return text
  }

  /// What the reader has to be warned of.
  public var warnings: [String] {
    isSteadyReached ? [] : ["no steady state was reached: let it run longer, with --duration."]
  }

  private var latencies: TextTable {
    var columns: [TextTable.Column] = [.init("latency"), .init("requests", .right)]
    for name in ["mean", "P50", "P90", "P99", "max"] { columns.append(.init(name, .right)) }
    var table = TextTable(columns)
    for (name, spectrum) in [
      (isSteadyReached ? "cold" : "all", cold), ("steady", steady), ("steady, seen for the first time", firstTime),
      ("steady, seen before", again),
    ] where spectrum.count > 0 {
      table.add(
        [name, NumberFormat.grouped(Double(spectrum.count)), LoadWording.time(spectrum.mean)]
          + [0.5, 0.9, 0.99].map { LoadWording.time(spectrum.quantile($0)) } + [LoadWording.time(spectrum.maximum)])
    }
    return table
  }
}
