import LoadTesting
import Quantities
import Terminal

extension ChaosResult {
  /// What a faulty network did, for people.
  public func terminal() -> String {
    "\(NumberFormat.grouped(Double(connections))) connections in \(NumberFormat.duration(duration)): "
      + "\(resets) reset, \(swallowed) left half-open, \(refused) not taken by the service\n"
      + "\(Bytes(rawValue: Double(bytesToService))) to the service, "
      + "\(Bytes(rawValue: Double(bytesToClients))) back, \(Bytes(rawValue: Double(bytesSwallowed))) swallowed\n"
  }

  /// What the reader has to be warned of: faults that did not happen, and processes that were left stopped.
  public var warnings: [String] {
    entries.filter { !$0.hasHappened }.map { "this did not happen: \($0.fault)." }
      + resumed.map { "process \($0) was still stopped, and was continued at the end." }
  }
}

extension FaultRecovery {
  /// What users saw of each fault, for people; empty where there was none.
  /// - Parameter width: columns.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    guard !effects.isEmpty else { return "" }
    var text = ""
    if let band {
      text =
        "Usual before the first fault: P95 \(LoadWording.time(band.latency)), at most "
        + "\(LoadWording.time(band.latencyLimit)); \(LoadWording.percent(band.errors)) failed\n"
    }
    var table = TextTable([
      .init("fault", isFlexible: true), .init("requests", .right), .init("available", .right), .init("P50", .right),
      .init("P99", .right), .init("recovered after"),
    ])
    for effect in effects {
      let after = effect.recovery.map { NumberFormat.duration(.seconds($0)) } ?? "no: \(effect.reason ?? "unknown")"
      table.add([
        effect.window.what, NumberFormat.grouped(Double(effect.offered)),
        effect.availability.map(LoadWording.percent) ?? "-", LoadWording.time(effect.p50), LoadWording.time(effect.p99),
        after,
      ])
    }
    text += table.text(width: width, style: style)
    for effect in effects where effect.killed > 0 {
      let own = effect.serviceRecovery.map {
        "the service itself had recovered after \(NumberFormat.duration(.seconds($0)))"
      }
      text +=
        "After '\(effect.window.what)' \(NumberFormat.grouped(Double(effect.killed))) requests failed on connections that "
        + "it had killed, not on the service's slowness; \(own ?? "whether the service itself recovered cannot be told")\n"
    }
    return text
  }
}

extension ChaosTest.Result {
  /// The load's result, what users saw of each fault, and what the network did, for people.
  /// - Parameter width: columns.
  public func terminal(
    url: String, expectations: [LoadExpectation] = [], width: Int = 80, style: Style = .plain
  ) -> String {
    load.terminal(url: url, expectations: expectations, width: width, style: style) + "\n"
      + recovery.terminal(width: width, style: style) + "\n" + chaos.terminal()
  }
}
