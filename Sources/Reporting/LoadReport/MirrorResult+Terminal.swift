import LoadTesting
import Quantities
import Terminal

extension MirrorResult {
  /// What a second service made of the first one's traffic, for people.
  /// - Parameters:
  ///   - first: the address of the service whose traffic it is.
  ///   - width: columns.
  public func terminal(first: String, width: Int = 80, style: Style = .plain) -> String {
    var text =
      "\(first): \(NumberFormat.grouped(Double(requests))) requests of "
      + "\(NumberFormat.grouped(Double(connections))) connections in \(NumberFormat.duration(duration))\n"
    text += counts.text(width: width, style: style) + "\n"
    let spectra = [
      ("first, all", latency), ("first, compared", firstLatency), ("second, compared", shadowLatency),
    ].filter { $0.1.count > 0 }
    text += LoadTable.latencies(spectra.map { (name: $0.0, spectrum: $0.1) }).text(width: width, style: style)
    guard compared > 0 else { return text }
    let verdict = isSame ? style(.good, "the same") : style(.bad, "not the same")
    text += "The second answered \(verdict): \(NumberFormat.grouped(Double(compared))) compared\n"
    text += LoadTable.differences(
      otherStatus: otherStatus, pairs: statusPairs.map { ("\($0.first) became \($0.second)", $1) },
      onlyFirst: onlyFirst, onlySecond: onlyShadow)
    return text + LoadTable.slower(slowerP50, slowerP95, slowerP99)
  }

  private var counts: TextTable {
    LoadTable.counts(
      [
        ("answered by the first", answered, true), ("unanswered", unanswered, false),
        ("clients refused, no connection to the first", refused, false),
        ("connections passed on unseen", opaqueConnections, false), ("copied to the second", mirrored, true),
        ("not copied: the second lagged", droppedBehind, false), ("not copied: too large", droppedTooLarge, false),
        ("not copied: may change something", droppedUnsafe, false), ("not copied: not whole", droppedIncomplete, false),
        ("still waiting at the end", waiting, false), ("answered by the second", shadowAnswered, true),
      ] + shadowErrors.named.map { ("the second failed: \($0.name)", $0.count, false) })
  }
}

extension MirrorSecond {
  /// What passed so far, in a line.
  public var terminal: String {
    "\(second) s: \(requests) requests, \(mirrored) copied, \(dropped) dropped, \(connections) clients, "
      + "\(waiting) waiting"
  }
}
